// SPDX-License-Identifier: MIT
'use strict';

// The examples of the October 2021 specification, in its order: what is a document goes through both
// implementations, with data where the text shows a result. Fragments that stand alone there get an
// operation that uses them. Each entry is a text that must be valid, or [text, the rule it violates],
// or {query, variables, ...}. JSON examples are the results of others, and Appendix B is grammar.

// An operation that spreads each of the fragments where its type stands; `head` declares variables.
function used(fragments, head = '') {
  const places = { Dog: 'dog', Pet: 'pet', CatOrDog: 'catOrDog', Arguments: 'arguments', Sentient: 'sentient', HumanOrAlien: 'humanOrAlien', Human: 'human' };
  const spreads = [...fragments.matchAll(/fragment (\w+) on (\w+)/g)].map(([, name, type], i) => `k${i}: ${places[type] ?? 'dog'} { ...${name} }`);
  return `query ${head} { ${[...new Set(spreads)].join(' ')} } ${fragments}`;
}
const usedIn = (rule, fragments, head) => [used(fragments, head), rule];

const zuck = { id: 4, name: 'Mark', firstName: 'Mark', lastName: 'Z', birthday: 'May', profilePic: 'https://cdn.site.io/pic-4.jpg', friends: [{ id: 5, name: 'Eve', profilePic: 'p' }], mutualFriends: [{ id: 5, name: 'Eve', profilePic: 'p' }] };

const language = [
  {
    name: '2 fields, arguments, aliases, fragments, values',
    sdl: `type Query { id: ID firstName: String lastName: String field(arg: Int): String me: Me user(id: ID, handle: String): User picture(width: Int, height: Int): String nearestThing(location: Location): String any(value: Any): String } scalar Any
      input Location { lon: Float lat: Float }
      type Me { id: ID name: String firstName: String lastName: String birthday: Day friends: [Me] } type Day { month: Int day: Int }
      type User { id: ID name: String firstName: String lastName: String birthday: String profilePic(size: Int, width: Int, height: Int): String friends(first: Int): [User] mutualFriends(first: Int): [User] }
      type Mutation { likeStory(storyID: ID!): Like sendEmail(message: String!): String } type Like { story: Story } type Story { likeCount: Int }`,
    root: { id: 1, firstName: 'a', lastName: 'b', field: 'f', me: { id: 2, name: 'm', firstName: 'x', lastName: 'y', birthday: { month: 5, day: 14 }, friends: [{ name: 'z' }, null] }, user: zuck, picture: 'pic', nearestThing: 'tree', likeStory: { story: { likeCount: 1 } }, sendEmail: 'sent' },
    documents: [
      'mutation { likeStory(storyID: 12345) { story { likeCount } } }', '{ field }', '{ id firstName lastName }', '{ me { id firstName lastName birthday { month day } friends { name } } }',
      '# `me` could represent the currently logged in viewer.\n{ me { name } }', '# `user` is one of many users.\n{ user(id: 4) { name } }',
      '{ user(id: 4) { id name profilePic(size: 100) } }', '{ user(id: 4) { id name profilePic(width: 100, height: 50) } }', '{ picture(width: 200, height: 100) }', '{ picture(height: 100, width: 200) }',
      '{ user(id: 4) { id name smallPic: profilePic(size: 64) bigPic: profilePic(size: 1024) } }', '{ zuck: user(id: 4) { id name } }',
      'query noFragments { user(id: 4) { friends(first: 10) { id name profilePic(size: 50) } mutualFriends(first: 10) { id name profilePic(size: 50) } } }',
      'query withFragments { user(id: 4) { friends(first: 10) { ...friendFields } mutualFriends(first: 10) { ...friendFields } } } fragment friendFields on User { id name profilePic(size: 50) }',
      'query withNestedFragments { user(id: 4) { friends(first: 10) { ...friendFields } mutualFriends(first: 10) { ...friendFields } } } fragment friendFields on User { id name ...standardProfilePic } fragment standardProfilePic on User { profilePic(size: 50) }',
      { query: 'query inlineFragmentNoType($expandedInfo: Boolean) { user(handle: "zuck") { id name ... @include(if: $expandedInfo) { firstName lastName birthday } } }', rule: 'VariablesInAllowedPosition' },
      { query: 'query inlineFragmentNoType($expandedInfo: Boolean!) { user(handle: "zuck") { id name ... @include(if: $expandedInfo) { firstName lastName birthday } } }', variables: { expandedInfo: true } },
      'mutation { sendEmail(message: """\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  """) }', 'mutation { sendEmail(message: "Hello,\\n  World!\\n\\nYours,\\n  GraphQL.") }',
      ['{ field(arg: null) field }', 'OverlappingFieldsCanBeMerged'], '{ field(arg: null) x: field }', '{ nearestThing(location: { lon: 12.43, lat: -53.211 }) }', '{ nearestThing(location: { lat: -53.211, lon: 12.43 }) }',
      { query: 'query getZuckProfile($devicePicSize: Int) { user(id: 4) { id name profilePic(size: $devicePicSize) } }', variables: { devicePicSize: 60 } },
      // Values that the text names in passing.
      ...['-123', '0', '1.0', '1e50', '6.0221413e23', '"\\uD83D\\uDCA9"', '"\\u{1F4A9}"', '"\\u000A"', '""', '""""""', '"""\\n"""', '[1, 2]', '[1 2 3]', '[]'].map((value) => `{ any(value: ${value}) }`),
      ...['00', '01', '0x123', '123L', '1.23.4', '0x1.2p3', '"\\uDEAD"', '"\\u{110000}"', '1.', '.5'].map((value) => ({ query: `{ field(arg: ${value}) }`, rule: 'syntax' })),
    ],
  },
  {
    name: '2.8 type conditions',
    sdl: `type Query { profiles(handles: [String!]!): [Profile] } interface Profile { handle: String } type Count { count: Int }
      type User implements Profile { handle: String friends: Count } type Page implements Profile { handle: String likers: Count }`,
    root: { profiles: [{ __typename: 'User', handle: 'zuck', friends: { count: 1234 } }, { __typename: 'Page', handle: 'coca-cola', likers: { count: 90234512 } }] },
    documents: [
      'query FragmentTyping { profiles(handles: ["zuck", "coca-cola"]) { handle ...userFragment ...pageFragment } } fragment userFragment on User { friends { count } } fragment pageFragment on Page { likers { count } }',
      'query inlineFragmentTyping { profiles(handles: ["zuck", "coca-cola"]) { handle ... on User { friends { count } } ... on Page { likers { count } } } }',
    ],
  },
];

const input = (value, variables, head) => ({ query: `query ${head ?? ''} { echo(value: ${value}) }`, variables: variables ?? {} });
const echoes = 'type Query { echo(value: ExampleInputObject, ints: [Int], lists: [[Int]]): String fieldWithNonNullArg(nonNullArg: String!): String } input ExampleInputObject { a: String b: Int! }';

const types = [
  {
    name: '3.6 objects',
    sdl: 'scalar Url type Query { name: String age: Int picture(size: Int): Url relationship: Query }',
    root: { name: 'Mark Zuckerberg', age: 30, picture: 'http://some.cdn/picture.jpg', relationship: { name: 'Priscilla Chan' } },
    documents: ['{ name age picture }', '{ age name }', ['{ name relationship }', 'ScalarLeafs'], '{ name relationship { name } }', '{ name picture(size: 600) }'],
  },
  {
    name: '3.6 field ordering',
    sdl: 'type Query { foo: Int bar: Int baz: Int qux: Int } type UnknownType { qux: Int baz: Int }',
    root: { foo: 1, bar: 2, baz: 3, qux: 4 },
    documents: [
      '{ foo ...Frag qux } fragment Frag on Query { bar baz }', ['{ foo ...Ignored ...Matching bar } fragment Ignored on UnknownType { qux baz } fragment Matching on Query { bar qux foo }', 'PossibleFragmentSpreads'],
      '{ foo @skip(if: true) bar foo }',
    ],
  },
  {
    name: '3.7 interfaces',
    sdl: 'interface NamedEntity { name: String } interface ValuedEntity { value: Int } type Person implements NamedEntity { name: String age: Int } type Business implements NamedEntity & ValuedEntity { name: String value: Int employeeCount: Int } type Query { entity: NamedEntity phoneNumber: String address: String }',
    root: { entity: { __typename: 'Person', name: 'x', age: 7 }, phoneNumber: '1', address: 'a' },
    documents: ['{ entity { name } phoneNumber }', ['{ entity { name age } phoneNumber }', 'FieldsOnCorrectType'], '{ entity { name ... on Person { age } } phoneNumber }'],
  },
  {
    name: '3.8 unions',
    sdl: 'union SearchResult = Photo | Person type Person { name: String age: Int } type Photo { height: Int width: Int } type Query { firstSearchResult: SearchResult }',
    root: { firstSearchResult: { __typename: 'Photo', height: 3 } },
    documents: [['{ firstSearchResult { name height } }', 'FieldsOnCorrectType'], '{ firstSearchResult { ... on Person { name } ... on Photo { height } } }'],
  },
  {
    name: '3.10 coercion of input objects, 3.11 of lists, 3.12 of non-null', sdl: echoes, root: { echo: 'e', fieldWithNonNullArg: 'n' },
    documents: [
      input('{ a: "abc", b: 123 }'), input('{ a: null, b: 123 }'), input('{ b: 123 }'), input('{ a: $var, b: 123 }', { var: null }, '($var: String)'), input('{ a: $var, b: 123 }', {}, '($var: String)'),
      input('{ b: $var }', { var: 123 }, '($var: Int!)'), input('$var', { var: { b: 123 } }, '($var: ExampleInputObject)'), input('$var', { var: 'abc123' }, '($var: ExampleInputObject)'), input('$var', { var: { b: null } }, '($var: ExampleInputObject)'),
      input('$var', { var: {} }, '($var: ExampleInputObject)'), input('{ b: $var }', {}, '($var: Int!)'), input('{ b: $var }', { var: null }, '($var: Int!)'), input('{ b: $var }', {}, '($var: Int = 1)'), input('{ b: $var }', { var: null }, '($var: Int = 1)'),
      ...['"abc123"', '{ a: "abc", b: "123" }', '{ a: "abc" }', '{ a: "abc", b: null }', '{ b: 123, c: "xyz" }'].map((value) => ({ ...input(value), rule: 'ValuesOfCorrectType' })), { ...input('{ b: $var }', {}), rule: 'NoUndefinedVariables' },
      ...['[1, 2, 3]', '[1, null]', '1', 'null'].map((value) => `{ echo(ints: ${value}) }`), ['{ echo(ints: [1, "b", true]) }', 'ValuesOfCorrectType'],
      ...['[[1], [2, 3]]', '1', 'null', '[1, 2, 3]', '[[1], null]'].map((value) => `{ echo(lists: ${value}) }`),
      ...[[1, 2, 3], [1, 'b', true], 1, null, [1, null]].map((ints) => ({ query: 'query ($v: [Int]) { echo(ints: $v) }', variables: { v: ints } })), ...[[[1], [2, 3]], [1, 2, 3], 1, null, [[1], 2]].map((lists) => ({ query: 'query ($v: [[Int]]) { echo(lists: $v) }', variables: { v: lists } })),
      ['{ fieldWithNonNullArg }', 'ProvidedRequiredArguments'], ['{ fieldWithNonNullArg(nonNullArg: null) }', 'ValuesOfCorrectType'], ['query withNullableVariable($var: String) { fieldWithNonNullArg(nonNullArg: $var) }', 'VariablesInAllowedPosition'],
    ],
  },
  {
    name: '3.13 directives',
    sdl: 'directive @example on FIELD type SomeType { field: String } type Query { some: SomeType experimentalField: String }', root: { some: { field: 'f' }, experimentalField: 'x' },
    documents: [
      '{ some { ...SomeFragment } } fragment SomeFragment on SomeType { field @example }', { query: 'query myQuery($someTest: Boolean!) { experimentalField @skip(if: $someTest) }', variables: { someTest: true } },
      { query: 'query myQuery($someTest: Boolean!) { experimentalField @include(if: $someTest) }', variables: { someTest: true } }, { query: 'query myQuery($someTest: Boolean!) { experimentalField @include(if: $someTest) }', variables: { someTest: false } },
    ],
  },
  {
    name: '4 introspection', sdl: 'scalar Date type User { id: String name: String birthday: Date } input Point { x: Int y: Int } type Query { user(at: Point): User }', root: {},
    documents: ['{ __type(name: "User") { name fields { name type { name } } } }', '{ __type(name: "Point") { kind inputFields { name type { kind name } } } }'],
  },
];

exports.used = used;
exports.usedIn = usedIn;
exports.firstSections = [...language, ...types];
