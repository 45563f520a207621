// SPDX-License-Identifier: MIT
'use strict';

// The specification's examples of type systems (sections 2 and 3), with a query root where the text has
// none. A pair says that the text calls it invalid.

const q = 'type Query { a: Int } ';

exports.schemas = [
  'type Query { someField: String }',
  'schema { query: Query } type Query { latestVirus: Virus } type Virus { name: String mutations: [Mutation] } type Mutation { name: String }',
  'schema { query: MyQueryRootType mutation: MyMutationRootType } type MyQueryRootType { someField: String } type MyMutationRootType { setSomeField(to: String): String }',
  '"""\nA simple GraphQL schema which is well described.\n"""\nschema { query: Query }\n"""\nRoot type for all your query operations\n"""\ntype Query {\n  """\n  Translates a string from a given language into a different language.\n  """\n  translate(\n    "The original language that `text` is provided in."\n    fromLanguage: Language\n    "The translated language to be returned."\n    toLanguage: Language\n    "The text to be translated."\n    text: String\n  ): String\n}\n"""\nThe set of languages supported by `translate`.\n"""\nenum Language {\n  "English"\n  EN\n  "French"\n  FR\n  "Chinese"\n  CH\n}',
  q + 'scalar UUID @specifiedBy(url: "https://tools.ietf.org/html/rfc4122") scalar URL @specifiedBy(url: "https://tools.ietf.org/html/rfc3986")',
  q + 'scalar Url type Person { name: String age: Int picture: Url }', q + 'scalar Url type Person { name: String age: Int picture: Url relationship: Person }', q + 'scalar Url type Person { name: String picture(size: Int): Url }',
  q + 'type ExampleType { oldField: String @deprecated }',
  q + 'type Story { name: String } extend type Story { isHiddenLocally: Boolean }', q + 'directive @addedDirective on OBJECT | INTERFACE type User { name: String } extend type User @addedDirective',
  q + 'interface NamedEntity { name: String } interface ValuedEntity { value: Int } type Person implements NamedEntity { name: String age: Int } type Business implements NamedEntity & ValuedEntity { name: String value: Int employeeCount: Int } type Contact { entity: NamedEntity phoneNumber: String address: String }',
  q + 'type Business implements & NamedEntity & ValuedEntity { name: String value: Int } interface NamedEntity { name: String } interface ValuedEntity { value: Int }',
  q + 'interface Node { id: ID! } interface Resource implements Node { id: ID! url: String }', q + 'interface Node { id: ID! } interface Resource implements Node { id: ID! url: String } interface Image implements Resource & Node { id: ID! url: String thumbnail: String }',
  [q + 'interface Node implements Named & Node { id: ID! name: String } interface Named implements Node & Named { id: ID! name: String }'],
  q + 'interface NamedEntity { name: String } type Person implements NamedEntity { name: String } type Business implements NamedEntity { name: String } extend interface NamedEntity { nickname: String } extend type Person { nickname: String } extend type Business { nickname: String }',
  q + 'directive @addedDirective on INTERFACE interface NamedEntity { name: String } extend interface NamedEntity @addedDirective',
  q + 'union SearchResult = Photo | Person type Person { name: String age: Int } type Photo { height: Int width: Int } type SearchQuery { firstSearchResult: SearchResult }', q + 'type Photo { height: Int } type Person { age: Int } union SearchResult =\n  | Photo\n  | Person',
  q + 'enum Direction { NORTH EAST SOUTH WEST }',
  q + 'input Point2D { x: Float y: Float }', q + 'input ExampleInputObject { a: String b: Int! }', q + 'input Example { self: Example value: String }', q + 'input Example { self: [Example!]! value: String }', [q + 'input Example { value: String self: Example! }'], [q + 'input First { second: Second! value: String } input Second { first: First! value: String }'],
  q + 'directive @example on FIELD', q + 'directive @example on\n  | FIELD\n  | FRAGMENT_SPREAD\n  | INLINE_FRAGMENT', q + 'directive @example on FIELD_DEFINITION | ARGUMENT_DEFINITION type SomeType { field(arg: Int @example): String @example }',
  q + 'directive @delegateField(name: String!) repeatable on OBJECT | INTERFACE type Book @delegateField(name: "pageCount") @delegateField(name: "author") { id: ID! } extend type Book @delegateField(name: "index")',
  [q + 'directive @invalidExample(arg: String @invalidExample) on ARGUMENT_DEFINITION'],
  q + 'type ExampleType { newField: String oldField: String @deprecated(reason: "Use `newField`.") }',
  q + 'directive @addExternalFields(source: String!) on OBJECT directive @excludeField(name: String!) on OBJECT type Person @addExternalFields(source: "profiles") @excludeField(name: "photo") { name: String }',
  q + 'directive @addExternalFields(source: String!) on OBJECT directive @excludeField(name: String!) on OBJECT type Person @excludeField(name: "photo") @addExternalFields(source: "profiles") { name: String }',
  q + 'input Point { x: Int y: Int }', 'type User { id: String name: String birthday: Date } scalar Date type Query { user: User }',
];
