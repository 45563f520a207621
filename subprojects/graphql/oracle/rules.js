// SPDX-License-Identifier: MIT
'use strict';

// For every rule of validation documents that keep it and documents that break it, on the schema "pets".
// compare.js checks that they do, by the reference's word.

exports.rules = {
  ExecutableDefinitions: {
    valid: ['query Foo { dog { name } }', 'query Foo { dog { name ...F } } fragment F on Dog { name }', '{ dog { name } }'],
    invalid: ['query Foo { dog { name } } type Cow { name: String }', 'extend type Dog { color: String } { dog { name } }', 'schema { query: Query } { dog { name } }', 'directive @x on FIELD { dog { name } }', 'scalar Z { dog { name } } enum E { A } union U = Dog input I { a: Int } interface N { a: Int }'],
  },
  UniqueOperationNames: {
    valid: ['fragment F on Query { dog { name } } { ...F }', 'query Foo { dog { name } }', 'query Foo { dog { name } } query Bar { dog { name } }', 'query Foo { dog { name } } mutation Bar { bark }', 'query Foo { ...Foo } fragment Foo on Query { dog { name } }'],
    invalid: ['query Foo { dog { name } } query Foo { cat { name } }', 'query Foo { dog { name } } mutation Foo { bark }', 'query Foo { dog { name } } subscription Foo { loud }', 'query A { dog { name } } query B { dog { name } } query A { cat { name } } query B { cat { name } } query A { pet { name } }'],
  },
  LoneAnonymousOperation: {
    valid: ['{ dog { name } }', 'query Foo { dog { name } } query Bar { cat { name } }', '{ ...F } fragment F on Query { dog { name } }'],
    invalid: ['{ dog { name } } { cat { name } }', '{ dog { name } } mutation Foo { bark }', '{ dog { name } } subscription Foo { loud }', 'query { dog { name } } query A { cat { name } }'],
  },
  SingleFieldSubscriptions: {
    valid: ['subscription S { loud }', 'subscription S { ...F } fragment F on Subscription { loud }', 'subscription S { barked { name mother { name } } }', 'subscription S { loud loud }', 'query Q { dog { name } cat { name } }'],
    invalid: ['subscription S { loud barked { name } }', 'subscription { loud other: loud }', 'subscription S { loud __typename }', 'subscription S { __typename }', 'subscription S { ...F } fragment F on Subscription { loud ...G } fragment G on Subscription { barked { name } }', 'subscription S { ... { loud } ... on Subscription { barked { name } x: loud } }'],
  },
  KnownTypeNames: {
    valid: ['query Foo($var: String, $required: [String!]!) { dog { ...D } complicatedArgs { stringArgField(stringArg: $var) stringListNonNullArgField(stringListNonNullArg: $required) } } fragment D on Pet { ... { name } ... on Dog { name } }', '{ dog { ... on Canine { name } } }', 'query ($a: ID) { human(id: $a) { name } }'],
    invalid: ['query Foo($var: JumbledUpLetters) { dog { isAtLocation(x: $var) } }', '{ dog { ... on Badger { name } } }', '{ dog { ...F } } fragment F on Peat { name }', 'query ($v: [[Nope!]!]!) { complicatedArgs { stringListArgField(stringListArg: $v) } }'],
  },
  FragmentsOnCompositeTypes: {
    valid: ['{ dog { ...F } } fragment F on Dog { barks }', '{ pet { ...F } } fragment F on Pet { name }', '{ pet { ... on Dog { barks } ... on Pet { name } } }', '{ catOrDog { ...F } } fragment F on CatOrDog { __typename }', '{ pet { ... { name } } }'],
    invalid: ['{ dog { ...F } } fragment F on Boolean { bad }', '{ dog { ...F } } fragment F on FurColor { bad }', '{ dog { ...F } } fragment F on ComplexInput { stringField }', '{ dog { ... on String { barks } } }', '{ dog { ... on Any { x ... on ID { y } } } }'],
  },
  VariablesAreInputTypes: {
    valid: ['query Foo($a: String, $b: [String!]!, $c: ComplexInput) { complicatedArgs { stringArgField(stringArg: $a) stringListArgField(stringListArg: $b) complexArgField(complexArg: $c) } }', 'query ($a: FurColor) { complicatedArgs { enumArgField(enumArg: $a) } }', 'query ($a: Any) { complicatedArgs { anyArgField(any: $a) } }'],
    invalid: ['query Foo($a: Dog) { complicatedArgs { anyArgField(any: $a) } }', 'query Foo($b: [[CatOrDog!]]!) { complicatedArgs { anyArgField(any: $b) } }', 'query Foo($c: Pet, $d: Query!) { complicatedArgs { anyArgField(any: [$c, $d]) } }'],
  },
  ScalarLeafs: {
    valid: ['{ dog { barks } }', '{ dog { doesKnowCommand(dogCommand: SIT) } }', '{ cat { furColor } anything }', '{ human { pets { name } } }'],
    invalid: ['{ human }', '{ human { pets } }', '{ dog { barks { sinceWhen } } }', '{ cat { furColor { inHexDec } } }', '{ dog { doesKnowCommand(dogCommand: SIT) { sinceWhen } } }', '{ dog { barks @include(if: true) { isThatTrue } } }', '{ catOrDog pet pets dogs }'],
  },
  FieldsOnCorrectType: {
    valid: ['{ dog { __typename name } }', '{ dog { otherName: name tn: __typename } }', '{ pet { __typename name } }', '{ catOrDog { __typename ... on Dog { name } } }', '{ pet { ... on Dog { volume: barkVolume } } }', '{ __schema { queryType { name } } __type(name: "Dog") { name } __typename }'],
    invalid: ['{ dog { meowVolume } }', '{ pet { unknown_field { ... on Cat { unknown_cat_field } } } }', '{ dog { unknown { deeper } } }', '{ dog { volume: barkVolum } }', '{ pet { nickname } }', '{ catOrDog { name } }', '{ dog { __schema { description } } }', '{ dog { ... { wrong ... on Dog { alsoWrong } } } }', 'mutation { nope }', 'subscription { nope }'],
  },
  UniqueFragmentNames: {
    valid: ['{ dog { name } }', '{ dog { ...F } } fragment F on Dog { name }', '{ dog { ...A ...B ... on Dog { barks } } } fragment A on Dog { name } fragment B on Dog { nickname }', 'query A { dog { ...A } } fragment A on Dog { name }'],
    invalid: ['{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { barks }', 'fragment F on Dog { name } fragment F on Dog { barks }', '{ dog { ...F ...G } } fragment F on Dog { name } fragment G on Dog { name } fragment F on Dog { barks } fragment G on Dog { barks } fragment F on Dog { nickname }'],
  },
  KnownFragmentNames: {
    valid: ['{ dog { ...F ... on Dog { ...G } } } fragment F on Dog { name ...H } fragment G on Dog { name } fragment H on Dog { barks }', '{ dog { ...F } } fragment F on Dog { name }', '{ dog { ... { name } } }'],
    invalid: ['{ dog { ...Unknown } }', '{ dog { ...U1 ... on Dog { ...U2 } } }', '{ dog { ...F } } fragment F on Dog { name ...U }', 'subscription { ...U }'],
  },
  NoUnusedFragments: {
    valid: ['{ dog { ...F } } fragment F on Dog { name }', 'query A { dog { ...F } } query B { dog { ...F } } fragment F on Dog { ...G } fragment G on Dog { name }', '{ human { ...A ... on Human { ...B } } } fragment A on Human { name ...C } fragment B on Human { name } fragment C on Human { name }'],
    invalid: ['{ dog { name } } fragment F on Dog { name }', '{ dog { ...A } } fragment A on Dog { name } fragment B on Dog { ...C } fragment C on Dog { name }', '{ dog { name } } fragment A on Dog { name ...B } fragment B on Dog { name ...A }', 'fragment F on Dog { name }'],
  },
  PossibleFragmentSpreads: {
    valid: ['{ dog { ... on Dog { barks } ... on Pet { name } ... on Being { name } ... on CatOrDog { __typename } } }', '{ pet { ... on Dog { barks } ... on Being { name } ... on CatOrDog { ... on Cat { meows } } } }', '{ catOrDog { ...P ... on Canine { name } } } fragment P on Pet { name }', '{ dog { ... { barks } } }', '{ dog { ... on Mammal { ... on Canine { ... on Being { name } } } } }'],
    invalid: ['{ dog { ... on Cat { meows } } }', '{ dog { ...F } } fragment F on Cat { meows }', '{ catOrDog { ... on Human { name } } }', '{ human { ... on Pet { name } } }', '{ cat { ... on Canine { name } } }', '{ human { ...F } } fragment F on CatOrDog { ... on Dog { barks } }', '{ human { ... on Canine { name ... on Cat { meows } } } }'],
  },
  NoFragmentCycles: {
    valid: ['{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { name }', '{ dog { ...A } } fragment A on Dog { ...B ...B } fragment B on Dog { name }', '{ dog { ...A ...B } } fragment A on Dog { ...B ...C } fragment B on Dog { ...C } fragment C on Dog { name }', '{ pet { ...A } } fragment A on Pet { ... on Dog { ...B } ... on Cat { ...B } } fragment B on Pet { name }'],
    invalid: ['{ dog { ...A } } fragment A on Dog { ...A }', '{ human { ...A } } fragment A on Human { relatives { ...A } name }', '{ dog { ...A } } fragment A on Dog { ... on Dog { ...A } }', '{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A }', '{ pet { ...A } } fragment A on Dog { mother { ...B } } fragment B on Dog { father { ...C } } fragment C on Dog { ...A ...B }', '{ dog { ...C ...A } } fragment A on Dog { ...B } fragment B on Dog { ...B } fragment C on Dog { ...A ...B }'],
  },
  UniqueVariableNames: {
    valid: ['query A($x: Int, $y: Int) { dog { isAtLocation(x: $x, y: $y) } }', 'query A($x: Int) { dog { isAtLocation(x: $x) } } query B($x: Int) { dog { isAtLocation(x: $x) } }', 'query ($x: Int, $X: Int) { dog { isAtLocation(x: $x, y: $X) } }'],
    invalid: ['query A($x: Int, $x: Int) { dog { isAtLocation(x: $x) } }', 'query A($x: Int, $x: Int, $x: String) { dog { isAtLocation(x: 1) } }', 'query A($x: Int, $y: Int, $x: Int, $y: Int) { dog { isAtLocation(x: $x, y: $y) } } query B($z: Int, $z: Int) { dog { isAtLocation(x: $z) } }'],
  },
  NoUndefinedVariables: {
    valid: ['query A($a: Int, $b: Int) { dog { isAtLocation(x: $a, y: $b) } }', 'query A($a: Int) { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) mother { ...G } } fragment G on Dog { isAtLocation(y: $a) }', 'query A($a: Int) { dog { ...F } } query B($a: Int) { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) }', 'query ($b: Boolean!) { dog @include(if: $b) { name ... @skip(if: $b) { barks } } }'],
    invalid: ['query A($a: Int) { dog { isAtLocation(x: $a, y: $b) } }', '{ dog { isAtLocation(x: $b) } }', 'query A($a: Int) { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) mother { ...G } } fragment G on Dog { isAtLocation(x: $c, y: $d) }', 'query A { dog { ...F } } query B { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) }', '{ dog { name @skip(if: $s) } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: $r, nested: {requiredField: $q, stringListField: ["a", $l]}}) } }'],
  },
  NoUnusedVariables: {
    valid: ['query ($a: Int) { dog { isAtLocation(x: $a) } }', 'query A($a: Int) { dog { ...F } } fragment F on Dog { mother { ...G } } fragment G on Dog { isAtLocation(x: $a) }', 'query ($a: Boolean!) { dog { name @include(if: $a) } }', 'query ($s: String) { complicatedArgs { complexArgField(complexArg: {requiredField: true, stringListField: ["x", $s]}) } }', 'query ($d: Int) { dog { name @onField(arg: $d) } }'],
    invalid: ['query ($a: Int, $b: Int, $c: Int) { dog { isAtLocation(x: $a, y: $b) } }', 'query A($a: Int) { dog { ...F } } fragment F on Dog { name }', 'query A($b: Int) { dog { name } } query B($a: Int) { dog { isAtLocation(x: $a) } }', 'query Foo($a: Int = 1 @onEverything) { dog { name } }', 'mutation ($x: String!) { bark }'],
  },
  KnownDirectives: {
    valid: ['{ dog @include(if: true) { name @skip(if: false) } }', 'query @onEverything { dog @onEverything { name } }', '{ ...F @onEverything ... @onEverything { dog { name } } } fragment F on Query @onEverything { cat { name } }', 'query ($a: Int @onEverything) @onQuery(needed: 1) { dog { isAtLocation(x: $a) @onField } }', 'mutation @onEverything { bark }'],
    invalid: ['{ dog @unknown(d: "v") { name } }', '{ dog @a { name @b ...F @c } } fragment F on Dog @d { barks }', 'query @include(if: true) { dog @onQuery(needed: 1) { name } }', 'mutation @onQuery(needed: 1) { bark }', 'query ($a: Int @onField) { dog { isAtLocation(x: $a) } }', '{ dog { name @deprecated ... @onField { barks } ...F @onField } } fragment F on Dog @skip(if: true) { barks }', '{ dog { name @specifiedBy(url: "x") } }'],
  },
  UniqueDirectivesPerLocation: {
    valid: ['{ dog @skip(if: false) { name @skip(if: true) barks @skip(if: true) } }', '{ dog { name @skip(if: true) @include(if: true) } }', '{ dog { name @onField @onField(arg: 1) @onField } }', '{ dog { name @onEverything } } '],
    invalid: ['{ dog { name @skip(if: true) @skip(if: false) } }', '{ dog @onEverything @onEverything @onEverything { name } }', 'query @onQuery(needed: 1) @onQuery(needed: 2) { dog { name } }', '{ ...F @include(if: true) @include(if: true) ... @onEverything @onEverything { dog { name } } } fragment F on Query @onEverything @onEverything { cat { name } }', 'query ($a: Int @onEverything @onEverything) { dog { isAtLocation(x: $a) } }'],
  },
  KnownArgumentNames: {
    valid: ['{ dog { doesKnowCommand(dogCommand: SIT) } }', '{ complicatedArgs { multipleReqs(req1: 1, req2: 2) } }', '{ dog @skip(if: true) { name } }', '{ unknown: dog { x: isHouseTrained(atOtherHomes: true) } }'],
    invalid: ['{ dog { doesKnowCommand(unknown: true) } }', '{ dog { doesKnowCommand(dogcommand: SIT) isHouseTrained(inGarage: true, atOtherHome: false) } }', '{ dog @skip(unless: true, if: true) { name } }', '{ dog { barks(x: 1) name @onField(args: 3) } }', '{ human(id: 1, name: "x") { pets { ... on Dog { barks(y: [1, {z: 2}]) } } } }'],
  },
  UniqueArgumentNames: {
    valid: ['{ dog { name } }', '{ dog { isAtLocation(x: 1, y: 2) } }', '{ dog { isAtLocation(x: 1) @onField(arg: 1) } }', '{ dog { a: isAtLocation(x: 1) b: isAtLocation(x: 1) } }'],
    invalid: ['{ dog { isAtLocation(x: 1, x: 2) } }', '{ dog { isAtLocation(x: 1, x: 2, y: 3, x: 4, y: 5) } }', '{ dog { name @onField(arg: 1, arg: 2) } }', '{ dog { isAtLocation(x: 1, x: 1) @onField(list: 1, list: 1, arg: 1, arg: 1) } }', '{ unknown(z: 1, z: 2) }'],
  },
  UniqueInputFieldNames: {
    valid: ['{ complicatedArgs { complexArgField(complexArg: {requiredField: true}) } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, nested: {requiredField: true, intField: 1}, intField: 1}) } }', '{ complicatedArgs { anyArgField(any: [{a: 1}, {a: 1}]) } }', '{ complicatedArgs { anyArgField(any: {a: {a: {a: 1}}}) } }'],
    invalid: ['{ complicatedArgs { complexArgField(complexArg: {requiredField: true, requiredField: false}) } }', '{ complicatedArgs { anyArgField(any: {a: 1, a: 2, a: 3}) } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, nested: {requiredField: true, intField: 1, intField: 2}}) } }', 'query ($a: Any = [{b: 1, b: 2}]) { complicatedArgs { anyArgField(any: $a) } }', '{ dog { name @onField(arg: {x: 1, x: 2}) } }'],
  },
  ValuesOfCorrectType: {
    valid: ['{ complicatedArgs { intArgField(intArg: 2) x: intArgField(intArg: -2) y: intArgField(intArg: null) } }', '{ complicatedArgs { floatArgField(floatArg: 1) x: floatArgField(floatArg: 1.1e3) booleanArgField(booleanArg: true) stringArgField(stringArg: "foo") idArgField(idArg: 1) y: idArgField(idArg: "someIdString") } }', '{ complicatedArgs { stringListArgField(stringListArg: ["one", null]) x: stringListArgField(stringListArg: []) y: stringListArgField(stringListArg: "one") nestedListArgField(nested: 1) } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: false, stringListField: "x", nested: {requiredField: true}}) enumArgField(enumArg: BROWN) anyArgField(any: {a: [B, 1.5]}) } }'],
    invalid: ['{ complicatedArgs { intArgField(intArg: "3") } }', '{ complicatedArgs { intArgField(intArg: 829384293849283498239482938) x: intArgField(intArg: FOO) y: intArgField(intArg: 3.0) } }', '{ complicatedArgs { floatArgField(floatArg: "3.3") booleanArgField(booleanArg: 1.0) idArgField(idArg: true) stringArgField(stringArg: 1) } }', '{ complicatedArgs { enumArgField(enumArg: "BROWN") x: enumArgField(enumArg: JUGGLE) } }', '{ complicatedArgs { stringListNonNullArgField(stringListNonNullArg: ["a", null]) nonNullIntArgField(nonNullIntArg: null) } }', '{ complicatedArgs { complexArgField(complexArg: {intField: "x", unknown: 1, nonNullField: null}) } }', 'query ($a: Int! = null, $b: ComplexInput = {requiredField: 1}) { complicatedArgs { intArgField(intArg: $a) complexArgField(complexArg: $b) } }', '{ dog @include(if: "yes") { name @skip(if: MAYBE) @onField(list: [1, "2"]) } }'],
  },
  ProvidedRequiredArguments: {
    valid: ['{ complicatedArgs { multipleReqs(req1: 1, req2: 2) } }', '{ complicatedArgs { multipleReqs(req2: 2, req1: 1) multipleOpts nonNullFieldWithDefault } }', '{ dog @include(if: true) { name @skip(if: false) } }', '{ complicatedArgs { multipleOpts(opt1: 1) x: multipleOpts(opt2: 1) } }'],
    invalid: ['{ complicatedArgs { multipleReqs(req2: 2) } }', '{ complicatedArgs { multipleReqs } }', '{ complicatedArgs { multipleReqs(req1: "one") nonNullIntArgField } }', '{ dog @include { name @skip } }', 'query @onQuery { dog { name } }', '{ __type { name } }', 'mutation { rename { name } }'],
  },
  VariablesInAllowedPosition: {
    valid: ['query ($b: Boolean!) { complicatedArgs { booleanArgField(booleanArg: $b) } dog @skip(if: $b) { name } }', 'query ($i: Int = 1) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }', 'query ($i: Int) { complicatedArgs { nonNullFieldWithDefault(arg: $i) } }', 'query ($s: [String!]!) { complicatedArgs { stringListArgField(stringListArg: $s) } }', 'query ($s: String!) { complicatedArgs { stringListNonNullArgField(stringListNonNullArg: [$s]) } }', 'query ($b: Boolean!) { complicatedArgs { complexArgField(complexArg: {requiredField: $b, booleanField: $b}) } }', 'query ($b: Boolean) { complicatedArgs { complexArgField(complexArg: {requiredField: true, nonNullField: $b}) } }'],
    invalid: ['query ($i: Int) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }', 'query ($i: Int = null) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }', 'query ($s: String) { complicatedArgs { booleanArgField(booleanArg: $s) } }', 'query ($s: String) { complicatedArgs { stringListArgField(stringListArg: $s) } }', 'query ($s: [String]) { complicatedArgs { stringListNonNullArgField(stringListNonNullArg: $s) } }', 'query ($b: Boolean) { dog @include(if: $b) { name } }', 'query A($i: Int) { complicatedArgs { ...F } } fragment F on ComplicatedArgs { ...G } fragment G on ComplicatedArgs { nonNullIntArgField(nonNullIntArg: $i) }', 'query ($b: Boolean) { complicatedArgs { complexArgField(complexArg: {requiredField: $b}) } }'],
  },
  OverlappingFieldsCanBeMerged: {
    valid: ['{ dog { name name } }', '{ dog { otherName: name otherName: name } }', '{ dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: SIT) } }', '{ dog { name @include(if: true) name @include(if: false) } }', '{ pet { ... on Dog { volume: barkVolume } ... on Cat { volume: meowsVolume } } }', '{ human { relatives { name } relatives { name iq } } }', '{ dog { isAtLocation(x: 0, y: 1) isAtLocation(y: 1, x: 0) } }'],
    invalid: ['{ dog { fido: name fido: nickname } }', '{ dog { name: nickname name } }', '{ dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: HEEL) } }', '{ dog { isAtLocation(x: 0) isAtLocation(y: 0) } }', '{ dog { ...A ...B } } fragment A on Dog { x: name } fragment B on Dog { x: nickname }', '{ human { relatives { x: name } relatives { x: iq } } }', '{ pet { ... on Dog { x: barkVolume } ... on Cat { x: nickname } } }', '{ f: dog { name } f: cat { name } }'],
  },
  MaxIntrospectionDepth: {
    valid: ['{ __schema { types { name fields { name type { fields { name } } } } } }', '{ __type(name: "Dog") { interfaces { fields { name } } } }', '{ __schema { types { name } } }'],
    invalid: ['{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }', '{ __type(name: "Dog") { interfaces { possibleTypes { interfaces { name } } } } }', '{ __type(name: "Dog") { ...F } } fragment F on __Type { fields { type { ...G } } } fragment G on __Type { fields { type { inputFields { name } } } }'],
  },
};
