// SPDX-License-Identifier: MIT
'use strict';

// Schemas with the data that answers queries on them.

const pets = `
"""What lives in a house."""
interface Being { name(surname: Boolean): String }
interface Mammal implements Being { name(surname: Boolean): String mother: Mammal father: Mammal }
interface Pet implements Being { name(surname: Boolean): String }
interface Canine implements Mammal & Being { name(surname: Boolean): String mother: Canine father: Canine }
enum DogCommand { SIT HEEL DOWN }
type Dog implements Being & Pet & Mammal & Canine {
  name(surname: Boolean): String
  nickname: String
  barkVolume: Int
  barks: Boolean
  doesKnowCommand(dogCommand: DogCommand): Boolean
  isHouseTrained(atOtherHomes: Boolean = true): Boolean
  isAtLocation(x: Int, y: Int): Boolean
  mother: Dog
  father: Dog
}
type Cat implements Being & Pet { name(surname: Boolean): String nickname: String meows: Boolean meowsVolume: Int furColor: FurColor }
union CatOrDog = Cat | Dog
type Human implements Being { name(surname: Boolean): String pets: [Pet] relatives: [Human]! iq: Int }
enum FurColor { BROWN BLACK TAN SPOTTED NO_FUR UNKNOWN }
input ComplexInput { requiredField: Boolean! nonNullField: Boolean! = false intField: Int stringField: String booleanField: Boolean stringListField: [String] nested: ComplexInput }
type ComplicatedArgs {
  intArgField(intArg: Int): String
  nonNullIntArgField(nonNullIntArg: Int!): String
  stringArgField(stringArg: String): String
  booleanArgField(booleanArg: Boolean): String
  enumArgField(enumArg: FurColor): String
  floatArgField(floatArg: Float): String
  idArgField(idArg: ID): String
  stringListArgField(stringListArg: [String]): String
  stringListNonNullArgField(stringListNonNullArg: [String!]): String
  nestedListArgField(nested: [[Int!]]): String
  complexArgField(complexArg: ComplexInput): String
  multipleReqs(req1: Int!, req2: Int!): String
  nonNullFieldWithDefault(arg: Int! = 0): String
  multipleOpts(opt1: Int = 0, opt2: Int = 0): String
  anyArgField(any: Any): String
}
scalar Any @specifiedBy(url: "https://example.org/any")
directive @onField(arg: Int, list: [Int!]) repeatable on FIELD
directive @onQuery(needed: Int!) on QUERY
directive @onEverything on QUERY | MUTATION | SUBSCRIPTION | FIELD | FRAGMENT_DEFINITION | FRAGMENT_SPREAD | INLINE_FRAGMENT | VARIABLE_DEFINITION
type Query {
  human(id: ID): Human
  dog: Dog
  cat: Cat
  pet: Pet
  catOrDog: CatOrDog
  complicatedArgs: ComplicatedArgs
  pets: [Pet!]
  dogs: [Dog!]!
  anything: Any
  numbers: [Float!]
  broken: [Int!]
  required: String!
  old(arg: Int @deprecated(reason: "because")): String @deprecated
}
type Mutation { rename(name: String!): Dog bark(times: Int = 1): Int! }
type Subscription { barked: Dog loud: Int }
`;

const dog = { __typename: 'Dog', name: 'rex', nickname: 'r', barkVolume: 7, barks: true, doesKnowCommand: false, isHouseTrained: true, isAtLocation: null, mother: { __typename: 'Dog', name: 'ma', barkVolume: 3000000000, mother: null }, father: null };
const cat = { __typename: 'Cat', name: 'tom', nickname: null, meows: true, meowsVolume: 1.5, furColor: 'PINK' };
const petsRoot = {
  human: { __typename: 'Human', name: 'ann', pets: [dog, null, cat], relatives: [{ __typename: 'Human', name: 'bob', pets: [], relatives: [], iq: 'x' }, null], iq: 100 },
  dog, cat, pet: cat, catOrDog: dog, pets: [dog, cat], dogs: [dog, { name: 'nameless', mother: dog }],
  complicatedArgs: { intArgField: 'i', stringArgField: 12, booleanArgField: true, complexArgField: 'c', multipleOpts: 'o' },
  anything: { b: [1, null, { c: 'x' }], a: 1.5 },
  numbers: [1, 2.5, 1e21, 1e-7, -0, 123456789.125],
  broken: [1, null, 2],
  required: null,
  old: '\u00e4 "quoted" \\ \u2028 \ud83d\ude00 \u0001 <b>',
  rename: dog, bark: 3, barked: dog, loud: 1,
};

const small = `
schema { query: Root }
"the root" type Root {
  a: Root
  b: Root!
  list: [Root!]
  lists: [[Root]!]!
  int: Int
  float: Float!
  text(value: String = "x\\n", one: Input = {n: 1, m: [1, 2], c: BLUE}): String
  id: ID
  flag: Boolean
  color(of: Color! = RED): Color
  node: Node
  either: Either
}
enum Color { "warm" RED GREEN @deprecated(reason: "no") BLUE }
input Input { n: Int! m: [Int!] = [1, 2] deep: Input c: Color = BLUE }
interface Node { id: ID int: Int }
type One implements Node { id: ID int: Int one: String self: Root }
type Two implements Node { id: ID int: Int two: [String!] self: Root }
union Either = One | Two
`;

const one = { __typename: 'One', id: 1, int: 2, one: 'one', self: {} };
const two = { __typename: 'Two', id: 'two', int: true, two: ['a', null], self: null };
const leafRoot = { int: 5, float: 0.1, text: 't', id: 7, flag: false, color: 'RED', b: { float: 2, b: null }, node: two, either: one, list: [], lists: [] };
const smallRoot = { ...leafRoot, a: leafRoot, b: { ...leafRoot, b: leafRoot }, list: [leafRoot, leafRoot], lists: [[leafRoot, null], []], node: one, either: two };

exports.schemas = { pets: { sdl: pets, root: petsRoot }, small: { sdl: small, root: smallRoot } };
