// SPDX-License-Identifier: MIT
'use strict';

// Sections 5 to 7 of the specification's examples; see spec_examples.js.

const { used, usedIn } = require('./spec_examples');

const pets = `
type Query { dog: Dog human: Human pet: Pet catOrDog: CatOrDog arguments: Arguments findDog(complex: ComplexInput): Dog booleanList(booleanListArg: [Boolean!]): Boolean sentient: Sentient humanOrAlien: HumanOrAlien field(arg: FieldInput): Sub }
input FieldInput { field: Boolean } type Sub { subfieldA: Int subfieldB: Int }
enum DogCommand { SIT DOWN HEEL }
type Dog implements Pet { name: String! nickname: String barkVolume: Int doesKnowCommand(dogCommand: DogCommand!): Boolean! isHouseTrained(atOtherHomes: Boolean): Boolean! owner: Human }
interface Sentient { name: String! } interface Pet { name: String! }
type Alien implements Sentient { name: String! homePlanet: String } type Human implements Sentient { name: String! pets: [Pet!] }
enum CatCommand { JUMP }
type Cat implements Pet { name: String! nickname: String doesKnowCommand(catCommand: CatCommand!): Boolean! meowVolume: Int }
union CatOrDog = Cat | Dog union DogOrHuman = Dog | Human union HumanOrAlien = Human | Alien
type Arguments { multipleRequirements(x: Int!, y: Int!): Int! booleanArgField(booleanArg: Boolean): Boolean floatArgField(floatArg: Float): Float intArgField(intArg: Int): Int nonNullBooleanArgField(nonNullBooleanArg: Boolean!): Boolean! booleanListArgField(booleanListArg: [Boolean]!): [Boolean] nonNullBooleanListField(nonNullBooleanListArg: [Boolean]!): [Boolean] optionalNonNullBooleanArgField(optionalBooleanArg: Boolean! = false): Boolean! }
input ComplexInput { name: String owner: String }
type Mutation { mutateDog: Animal } type Animal { id: ID }
type Message { body: String sender: String } type Subscription { newMessage: Message disallowedSecondRootField: Int }`;

const rex = { __typename: 'Dog', name: 'rex', nickname: 'r', barkVolume: 3, doesKnowCommand: true, isHouseTrained: false, owner: { __typename: 'Human', name: 'ann', pets: [{ __typename: 'Cat', name: 'tom', meowVolume: 2 }] } };
const petsRoot = { dog: rex, pet: rex, catOrDog: rex, human: rex.owner, sentient: rex.owner, humanOrAlien: { __typename: 'Alien', name: 'z' }, findDog: rex, booleanList: true, field: { subfieldA: 1, subfieldB: 2 }, arguments: { multipleRequirements: 1, booleanArgField: true, floatArgField: 1.5, intArgField: 1, nonNullBooleanArgField: true, booleanListArgField: [true, null], optionalNonNullBooleanArgField: false }, mutateDog: { id: 1 } };

const houseTrained = 'fragment isHouseTrainedFragment on Dog { isHouseTrained(atOtherHomes: $atOtherHomes) }';
const inDog = (name, head = '', spread = 'isHouseTrainedFragment') => `query ${name}${head} { dog { ...${spread} } }`;
const home = '($atOtherHomes: Boolean)';

const documents = [
  ['query getDogName { dog { name color } } extend type Dog { color: String }', 'ExecutableDefinitions'],
  { query: 'query getDogName { dog { name } } query getOwnerName { dog { owner { name } } }', operation: 'getOwnerName' }, ['query getName { dog { name } } query getName { dog { owner { name } } }', 'UniqueOperationNames'], ['query dogOperation { dog { name } } mutation dogOperation { mutateDog { id } }', 'UniqueOperationNames'],
  '{ dog { name } }', ['{ dog { name } } query getName { dog { owner { name } } }', 'LoneAnonymousOperation'],
  'subscription sub { newMessage { body sender } }', 'subscription sub { ...newMessageFields } fragment newMessageFields on Subscription { newMessage { body sender } }', ['subscription sub { newMessage { body sender } disallowedSecondRootField }', 'SingleFieldSubscriptions'],
  ['subscription sub { ...multipleSubscriptions } fragment multipleSubscriptions on Subscription { newMessage { body sender } disallowedSecondRootField }', 'SingleFieldSubscriptions'], ['subscription sub { __typename }', 'SingleFieldSubscriptions'],
  // 5.3
  usedIn('FieldsOnCorrectType', 'fragment fieldNotDefined on Dog { meowVolume } fragment aliasedLyingFieldTargetNotDefined on Dog { barkVolume: kawVolume }'), used('fragment interfaceFieldSelection on Pet { name }'), usedIn('FieldsOnCorrectType', 'fragment definedOnImplementorsButNotInterface on Pet { nickname }'),
  used('fragment inDirectFieldSelectionOnUnion on CatOrDog { __typename ... on Pet { name } ... on Dog { barkVolume } }'), usedIn('FieldsOnCorrectType', 'fragment directFieldSelectionOnUnion on CatOrDog { name barkVolume }'),
  used('fragment mergeIdenticalFields on Dog { name name } fragment mergeIdenticalAliasesAndFields on Dog { otherName: name otherName: name }'), usedIn('OverlappingFieldsCanBeMerged', 'fragment conflictingBecauseAlias on Dog { name: nickname name }'),
  { query: used('fragment mergeIdenticalFieldsWithIdenticalArgs on Dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: SIT) } fragment mergeIdenticalFieldsWithIdenticalValues on Dog { doesKnowCommand(dogCommand: $dogCommand) doesKnowCommand(dogCommand: $dogCommand) }', '($dogCommand: DogCommand!)'), variables: { dogCommand: 'SIT' } },
  usedIn('OverlappingFieldsCanBeMerged', 'fragment conflictingArgsOnValues on Dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: HEEL) } fragment conflictingArgsValueAndVar on Dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: $dogCommand) } fragment conflictingArgsWithVars on Dog { doesKnowCommand(dogCommand: $varOne) doesKnowCommand(dogCommand: $varTwo) } fragment differingArgs on Dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand }', '($dogCommand: DogCommand!, $varOne: DogCommand!, $varTwo: DogCommand!)'),
  used('fragment safeDifferingFields on Pet { ... on Dog { volume: barkVolume } ... on Cat { volume: meowVolume } } fragment safeDifferingArgs on Pet { ... on Dog { doesKnowCommand(dogCommand: SIT) } ... on Cat { doesKnowCommand(catCommand: JUMP) } }'), usedIn('OverlappingFieldsCanBeMerged', 'fragment conflictingDifferingResponses on Pet { ... on Dog { someValue: nickname } ... on Cat { someValue: meowVolume } }'),
  used('fragment scalarSelection on Dog { barkVolume }'), usedIn('ScalarLeafs', 'fragment scalarSelectionsNotAllowedOnInt on Dog { barkVolume { sinceWhen } }'), ['query directQueryOnObjectWithoutSubFields { human } query directQueryOnInterfaceWithoutSubFields { pet } query directQueryOnUnionWithoutSubFields { catOrDog }', 'ScalarLeafs'],
  // 5.4
  used('fragment argOnRequiredArg on Dog { doesKnowCommand(dogCommand: SIT) } fragment argOnOptional on Dog { isHouseTrained(atOtherHomes: true) @include(if: true) }'), usedIn('KnownArgumentNames', 'fragment invalidArgName on Dog { doesKnowCommand(command: CLEAN_UP_HOUSE) }'), usedIn('KnownArgumentNames', 'fragment invalidArgName on Dog { isHouseTrained(atOtherHomes: true) @include(unless: false) }'),
  used('fragment multipleArgs on Arguments { multipleRequirements(x: 1, y: 2) } fragment multipleArgsReverseOrder on Arguments { multipleRequirements(y: 2, x: 1) }'), used('fragment goodBooleanArg on Arguments { booleanArgField(booleanArg: true) } fragment goodNonNullArg on Arguments { nonNullBooleanArgField(nonNullBooleanArg: true) }'), used('fragment goodBooleanArgDefault on Arguments { booleanArgField }'),
  usedIn('ProvidedRequiredArguments', 'fragment missingRequiredArg on Arguments { nonNullBooleanArgField }'), usedIn('ValuesOfCorrectType', 'fragment missingRequiredArg on Arguments { nonNullBooleanArgField(nonNullBooleanArg: null) }'),
  // 5.5
  '{ dog { ...fragmentOne ...fragmentTwo } } fragment fragmentOne on Dog { name } fragment fragmentTwo on Dog { owner { name } }', ['{ dog { ...fragmentOne } } fragment fragmentOne on Dog { name } fragment fragmentOne on Dog { owner { name } }', 'UniqueFragmentNames'],
  used('fragment correctType on Dog { name } fragment inlineFragment on Dog { ... on Dog { name } } fragment inlineFragment2 on Dog { ... @include(if: true) { name } }'), usedIn('KnownTypeNames', 'fragment notOnExistingType on NotInSchema { name } fragment inlineNotExistingType on Dog { ... on NotInSchema { name } }'),
  used('fragment fragOnObject on Dog { name } fragment fragOnInterface on Pet { name } fragment fragOnUnion on CatOrDog { ... on Dog { name } }'), usedIn('FragmentsOnCompositeTypes', 'fragment fragOnScalar on Int { something } fragment inlineFragOnScalar on Dog { ... on Boolean { somethingElse } }'),
  ['fragment nameFragment on Dog { # unused\n name }\n{ dog { name } }', 'NoUnusedFragments'], ['{ dog { ...undefinedFragment } }', 'KnownFragmentNames'],
  ['{ dog { ...nameFragment } } fragment nameFragment on Dog { name ...barkVolumeFragment } fragment barkVolumeFragment on Dog { barkVolume ...nameFragment }', 'NoFragmentCycles'], '{ dog { name barkVolume name barkVolume name barkVolume name # forever...\n } }',
  ['{ dog { ...dogFragment } } fragment dogFragment on Dog { name owner { ...ownerFragment } } fragment ownerFragment on Human { name pets { ...dogFragment } }', 'NoFragmentCycles'],
  used('fragment dogFragment on Dog { ... on Dog { barkVolume } }'), usedIn('PossibleFragmentSpreads', 'fragment catInDogFragmentInvalid on Dog { ... on Cat { meowVolume } }'), used('fragment petNameFragment on Pet { name } fragment interfaceWithinObjectFragment on Dog { ...petNameFragment }'), used('fragment catOrDogNameFragment on CatOrDog { ... on Cat { meowVolume } } fragment unionWithObjectFragment on Dog { ...catOrDogNameFragment }'),
  used('fragment petFragment on Pet { name ... on Dog { barkVolume } } fragment catOrDogFragment on CatOrDog { ... on Cat { meowVolume } }'), usedIn('PossibleFragmentSpreads', 'fragment sentientFragment on Sentient { ... on Dog { barkVolume } } fragment humanOrAlienFragment on HumanOrAlien { ... on Cat { meowVolume } }'),
  '{ pet { ...unionWithInterface } } fragment unionWithInterface on Pet { ...dogOrHumanFragment } fragment dogOrHumanFragment on DogOrHuman { ... on Dog { barkVolume } }', usedIn('PossibleFragmentSpreads', 'fragment nonIntersectingInterfaces on Pet { ...sentientFragment } fragment sentientFragment on Sentient { name }'),
  // 5.6
  used('fragment goodBooleanArg on Arguments { booleanArgField(booleanArg: true) } fragment coercedIntIntoFloatArg on Arguments { floatArgField(floatArg: 123) }'), 'query goodComplexDefaultValue($search: ComplexInput = { name: "Fido" }) { findDog(complex: $search) { name } }', usedIn('ValuesOfCorrectType', 'fragment stringIntoInt on Arguments { intArgField(intArg: "123") }'), ['query badComplexValue { findDog(complex: { name: 123 }) { name } }', 'ValuesOfCorrectType'],
  '{ findDog(complex: { name: "Fido" }) { name } }', ['{ findDog(complex: { favoriteCookieFlavor: "Bacon" }) { name } }', 'ValuesOfCorrectType'], ['{ field(arg: { field: true, field: false }) { subfieldA } }', 'UniqueInputFieldNames'],
  // 5.7
  ['query @skip(if: $foo) { field { subfieldA } }', 'KnownDirectives'], ['query ($foo: Boolean = true, $bar: Boolean = false) { field @skip(if: $foo) @skip(if: $bar) { subfieldA } }', 'UniqueDirectivesPerLocation'], 'query ($foo: Boolean = true, $bar: Boolean = false) { field @skip(if: $foo) { subfieldA } field @skip(if: $bar) { subfieldB } }',
  // 5.8
  ['query houseTrainedQuery($atOtherHomes: Boolean, $atOtherHomes: Boolean) { dog { isHouseTrained(atOtherHomes: $atOtherHomes) } }', 'UniqueVariableNames'], { query: `query A${home} { ...HouseTrainedFragment } query B${home} { ...HouseTrainedFragment } fragment HouseTrainedFragment on Query { dog { isHouseTrained(atOtherHomes: $atOtherHomes) } }`, operation: 'B', variables: { atOtherHomes: true } },
  `query takesBoolean${home} { dog { isHouseTrained(atOtherHomes: $atOtherHomes) } }`, { query: 'query takesComplexInput($complexInput: ComplexInput) { findDog(complex: $complexInput) { name } }', variables: { complexInput: { name: 'x' } } }, { query: 'query TakesListOfBooleanBang($booleans: [Boolean!]) { booleanList(booleanListArg: $booleans) }', variables: { booleans: [true] } },
  ...['$cat: Cat', '$dog: Dog!', '$pets: [Pet]', '$catOrDog: CatOrDog'].map((variable) => [`query takes(${variable}) { dog { name } }`, 'VariablesAreInputTypes']),
  `query variableIsDefined${home} { dog { isHouseTrained(atOtherHomes: $atOtherHomes) } }`, ['query variableIsNotDefined { dog { isHouseTrained(atOtherHomes: $atOtherHomes) } }', 'NoUndefinedVariables'], `${inDog('variableIsDefinedUsedInSingleFragment', home)} ${houseTrained}`, [`${inDog('variableIsNotDefinedUsedInSingleFragment')} ${houseTrained}`, 'NoUndefinedVariables'],
  [`${inDog('variableIsNotDefinedUsedInNestedFragment', '', 'outerHouseTrainedFragment')} fragment outerHouseTrainedFragment on Dog { ...isHouseTrainedFragment } ${houseTrained}`, 'NoUndefinedVariables'],
  { query: `${inDog('houseTrainedQueryOne', home)} ${inDog('houseTrainedQueryTwo', home)} ${houseTrained}`, operation: 'houseTrainedQueryTwo' }, [`${inDog('houseTrainedQueryOne', home)} ${inDog('houseTrainedQueryTwoNotDefined')} ${houseTrained}`, 'NoUndefinedVariables'],
  [`query variableUnused${home} { dog { isHouseTrained } }`, 'NoUnusedVariables'], `${inDog('variableUsedInFragment', home)} ${houseTrained}`, [`${inDog('variableNotUsedWithinFragment', home, 'isHouseTrainedWithoutVariableFragment')} fragment isHouseTrainedWithoutVariableFragment on Dog { isHouseTrained }`, 'NoUnusedVariables'],
  [`${inDog('queryWithUsedVar', home)} ${inDog('queryWithExtraVar', '($atOtherHomes: Boolean, $extra: Int)')} ${houseTrained}`, 'NoUnusedVariables'],
  ['query intCannotGoIntoBoolean($intArg: Int) { arguments { booleanArgField(booleanArg: $intArg) } }', 'VariablesInAllowedPosition'], ['query booleanListCannotGoIntoBoolean($booleanListArg: [Boolean]) { arguments { booleanArgField(booleanArg: $booleanListArg) } }', 'VariablesInAllowedPosition'], ['query booleanArgQuery($booleanArg: Boolean) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $booleanArg) } }', 'VariablesInAllowedPosition'],
  { query: 'query nonNullListToList($nonNullBooleanList: [Boolean]!) { arguments { booleanListArgField(booleanListArg: $nonNullBooleanList) } }', variables: { nonNullBooleanList: [null] } }, ['query listToNonNullList($booleanList: [Boolean]) { arguments { nonNullBooleanListField(nonNullBooleanListArg: $booleanList) } }', 'VariablesInAllowedPosition'],
  'query booleanArgQueryWithDefault($booleanArg: Boolean) { arguments { optionalNonNullBooleanArgField(optionalBooleanArg: $booleanArg) } }', { query: 'query booleanArgQueryWithDefault($booleanArg: Boolean) { arguments { optionalNonNullBooleanArgField(optionalBooleanArg: $booleanArg) } }', variables: { booleanArg: null } },
  'query booleanArgQueryWithDefault($booleanArg: Boolean = true) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $booleanArg) } }', { query: 'query booleanArgQueryWithDefault($booleanArg: Boolean = true) { arguments { nonNullBooleanArgField(nonNullBooleanArg: $booleanArg) } }', variables: { booleanArg: null } },
];

const execution = [
  {
    name: '6 mutations, collected and merged fields',
    sdl: 'type Query { birthday: Day address: Place a: Subs b: Int me: Name } type Day { month: Int } type Place { street: String } type Subs { subfield1: Int subfield2: Int } type Name { firstName: String lastName: String } type Mutation { changeBirthday(birthday: String): Day changeAddress(address: String): Place changeTheNumber(newNumber: Int!): Number setName(name: String): NewName } type NewName { newName: String } type Number { theNumber: Int } type Subscription { newMessage(roomId: ID): Message } type Message { sender: String text: String }',
    root: { birthday: { month: 5 }, address: { street: 's' }, a: { subfield1: 1, subfield2: 2 }, b: 3, me: { firstName: 'f', lastName: 'l' }, changeBirthday: { month: 6 }, changeAddress: { street: 't' }, changeTheNumber: { theNumber: 1 }, setName: { newName: 'Zuck' }, newMessage: { sender: 'Hagrid', text: "You're a wizard!" } },
    documents: [
      'mutation { setName(name: "Zuck") { newName } }', 'subscription NewMessages { newMessage(roomId: 123) { sender text } }', '{ birthday { month } address { street } }', { query: 'mutation ($newBirthday: String, $newAddress: String) { changeBirthday(birthday: $newBirthday) { month } changeAddress(address: $newAddress) { street } }', variables: { newBirthday: 'b', newAddress: 'a' } },
      'mutation { first: changeTheNumber(newNumber: 1) { theNumber } second: changeTheNumber(newNumber: 3) { theNumber } third: changeTheNumber(newNumber: 2) { theNumber } }', '{ a { subfield1 } ...ExampleFragment } fragment ExampleFragment on Query { a { subfield2 } b }', '{ me { firstName } me { lastName } }',
    ],
  },
  ...['String', 'String!'].map((name) => ({
    name: `7 errors, name: ${name}`, sdl: `enum Episode { JEDI } type Query { hero(episode: Episode): Hero } type Hero { id: ID name: ${name} friends: [Hero] }`,
    root: { hero: { name: 'R2-D2', friends: [{ id: '1000', name: 'Luke Skywalker' }, { id: '1002', name: ['not', 'fetched'] }, { id: '1003', name: 'Leia Organa' }] } },
    documents: [{ query: 'query ($episode: Episode) { hero(episode: $episode) { name heroFriends: friends { id name } } }', variables: { episode: 'JEDI' } }],
  })),
];

// 5.5.2.3: interfaces that implement interfaces.
const resources = { name: '5.5 interface spreads', sdl: 'interface Node { id: ID! } interface Resource implements Node { id: ID! url: String } type Image implements Resource & Node { id: ID! url: String } type Query { node: Node }', root: { node: { __typename: 'Image', id: 1, url: 'u' } }, documents: ['{ node { ...interfaceWithInterface } } fragment interfaceWithInterface on Node { ...resourceFragment } fragment resourceFragment on Resource { url }'] };

exports.lastSections = [{ name: '5 validation', sdl: pets, root: petsRoot, documents }, resources, ...execution];
