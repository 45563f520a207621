// SPDX-License-Identifier: MIT
'use strict';

// Documents per rule and per part of the language, valid and not, on the schemas of schemas.js.

const cases = {
  pets: {
    'executable definitions': [
      'query Foo { dog { name } } type Cow { name: String } extend type Dog { color: String }',
      'schema { query: Query } { dog { name } }', 'directive @x on FIELD query A { dog { name } }',
      '"described" type T { a: Int } { dog { name } }', 'extend schema @x {query: Q} { dog { name } }',
    ],
    'operation names': [
      'query A { dog { name } } query A { cat { name } }', 'query A { dog { name } } mutation A { bark }',
      'query A { dog { name } } query B { cat { name } } query A { dog { name } } ',
      '{ dog { name } } query A { cat { name } }', '{ dog { name } } { cat { name } }',
      'query A { dog { name } } subscription B { loud }',
    ],
    subscriptions: [
      'subscription S { loud barked { name } }', 'subscription { loud x: loud }', 'subscription S { ...F } fragment F on Subscription { loud barked { name } }',
      'subscription S { __typename }', 'subscription { ... { loud } ... on Subscription { loud } }', 'subscription { loud __typename a: __typename }', 'subscription { loud }',
    ],
    'known types': [
      'query Foo($var: Nope, $b: [What!]!) { dog { name } }', 'query { dog { ... on Badger { name } ...P } } fragment P on Peat { name }',
      'query ($v: Nope) { dog { isAtLocation(x: $v) } }',
    ],
    'fragments on composite types': [
      'fragment f on Boolean { bad } { dog { ...f } }', 'fragment f on FurColor { bad } { dog { ...f } }', 'fragment f on ComplexInput { stringField } { dog { ...f } }',
      '{ dog { ... on String { barks } } }', '{ dog { ... { name } ... on Mammal { name } } catOrDog { ... on CatOrDog { __typename } } }',
    ],
    'variables are input types': [
      'query Foo($a: Dog, $b: [[CatOrDog!]]!, $c: Pet) { dog { isAtLocation(x: $a, y: $b) name(surname: $c) } }', 'query Foo($a: String = {b: 1}) { dog { name(surname: $a) } }',
    ],
    'scalar leafs': [
      '{ human }', '{ dog }', '{ human { pets } }', '{ dog { barks { sinceWhen } } }', '{ complicatedArgs { enumArgField { name } } }',
      '{ dog { doesKnowCommand(dogCommand: SIT) { a } } }', '{ dog { barks @include(if: true) { a } } }', '{ anything { a } }',
    ],
    'fields on correct type': [
      '{ dog { meowVolume } }', '{ dog { unknown_field { deeper { still } } } }', '{ dog { ... on Cat { barkVolume } } }', '{ pet { nickname } }', '{ catOrDog { name } }',
      '{ catOrDog { __typename ... on Dog { __typename } } }', '{ dog { volume: barkVolum } }', '{ dog { __schema { description } __type(name: "x") { name } } }',
      '{ __schema { queryType { name } } __type(name: "Dog") { name kind fields { name } } }', 'mutation { __schema { description } }', 'mutation { __typename }',
    ],
    'fragment names': [
      '{ dog { ...F } } fragment F on Dog { name } fragment F on Dog { barks }', '{ dog { ...F ...F } } fragment F on Dog { name }',
      '{ dog { ...U1 ... on Dog { ...U2 } } } fragment K on Dog { name ...U3 }', '{ dog { ...on } } fragment on on Dog { name }',
    ],
    'unused fragments': [
      '{ dog { name } } fragment U on Dog { name }', '{ dog { name } } fragment A on Dog { ...B } fragment B on Dog { ...A }', '{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { name } fragment C on Dog { ...D } fragment D on Dog { name }',
    ],
    'possible spreads': [
      '{ dog { ... on Cat { meows } } }', '{ dog { ...F } } fragment F on Cat { meows }', '{ catOrDog { ... on Pet { name } ... on Human { name } } }', '{ pet { ... on CatOrDog { ... on Dog { name } } } }',
      '{ dog { ... on Being { name } ... on Canine { name } } cat { ... on Canine { name } } }', '{ human { ... on Pet { name } } }', '{ pet { ... on Mammal { name ... on Pet { name } } ... on Nope { x } } }',
      '{ dog { ...F } } fragment F on String { x }',
    ],
    cycles: [
      '{ dog { ...A } } fragment A on Dog { name ...A }', '{ human { ...A } } fragment A on Human { relatives { ...A } }', '{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...A }',
      '{ dog { ...A } } fragment A on Dog { ...B } fragment B on Dog { ...C } fragment C on Dog { ...A ...B }',
      'fragment A on Dog { ...B } fragment B on Dog { ...C } fragment C on Dog { ...O } fragment X on Dog { ...Y } fragment Y on Dog { ...Z } fragment Z on Dog { ...O } fragment O on Dog { ...P } fragment P on Dog { ...A ...X } { dog { ...A } }',
      'fragment A on Dog { ...B ...C } fragment B on Dog { ...A } fragment C on Dog { ...A } { dog { ...A } }', '{ dog { ...A } } fragment A on Dog { ...B ...B } fragment B on Dog { name }',
      '{ dog { ...A } } fragment A on Dog { mother { ...B } name } fragment B on Dog { mother { ...A } name: nickname }',
    ],
    'variable names': [
      'query A($x: Int, $x: Int, $x: String) { dog { isAtLocation(x: $x) } }', 'query A($x: Int) { dog { isAtLocation(x: $x) } } query B($x: String) { complicatedArgs { stringArgField(stringArg: $x) } }',
    ],
    'undefined variables': [
      'query A($a: Int) { dog { isAtLocation(x: $a, y: $b) } }', '{ dog { isAtLocation(x: $b) } }', 'query A { dog { ...F } } query B { dog { ...F } } fragment F on Dog { isAtLocation(x: $a, y: $b) }',
      'query A($a: Int) { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) mother { ...G } } fragment G on Dog { isAtLocation(x: $c) }', '{ dog { name @skip(if: $s) } }',
      'query ($l: Int) { complicatedArgs { complexArgField(complexArg: {requiredField: true, intField: $l, x: $q, nested: {requiredField: $r}}) } }', '{ complicatedArgs { stringListArgField(stringListArg: ["a", $x, [$y]]) } }',
    ],
    'unused variables': [
      'query ($a: Int, $b: Int, $c: Int) { dog { isAtLocation(x: $a) } }', 'query A($a: Int) { dog { name } } query B($a: Int) { dog { isAtLocation(x: $a) } }', 'query ($a: Boolean!) { dog { name @include(if: $a) ... @skip(if: $a) { barks } } }',
      'query A($b: Int) { dog { ...F } } fragment F on Dog { isAtLocation(x: $a) }', 'query ($a: Int = 1 @onEverything, $b: Int) { dog { name } }',
    ],
    directives: [
      '{ dog @unknown(d: "v") { name } }', 'query @include(if: true) { dog @onQuery { name @onField } }', 'query @onQuery(needed: 1) { dog { name } }', '{ dog { name @skip(if: true) @skip(if: false) } }',
      '{ dog { name @onField @onField @onField(arg: 3) } }', '{ ...F @include(if: true) ... @onEverything { dog { name } } } fragment F on Query @onEverything { cat { name } }', 'query ($a: Int @onField) { dog { isAtLocation(x: $a) } }',
      'query ($a: Int @onEverything) @onEverything { dog { isAtLocation(x: $a) @onEverything } }', '{ dog { name @deprecated } }', 'fragment F on Dog @skip(if: true) { name } { dog { ...F } }',
    ],
    arguments: [
      '{ dog { doesKnowCommand(dogCommand: SIT, unknown: true) } }', '{ dog @skip(unless: true) { name } }', '{ dog { name @skip(if: true, unless: false) isHouseTrained(inGarage: true) barks(x: 1) } }',
      '{ dog { isAtLocation(x: 1, x: 2, y: 3, x: 4) } }', '{ dog { name @onField(arg: 1, arg: 2) } }', '{ unknownField(x: 1, x: 2) }', '{ human(idd: 3) { name } }', '{ dog { wrong(arg: $v) @nope(a: [1], a: 2) } }',
    ],
    values: [
      '{ complicatedArgs { intArgField(intArg: "3") } }', '{ complicatedArgs { intArgField(intArg: 829384293849283498239482938) } }', '{ complicatedArgs { intArgField(intArg: FOO) } }', '{ complicatedArgs { intArgField(intArg: 3.0) } }',
      '{ complicatedArgs { intArgField(intArg: 3.333) } }', '{ complicatedArgs { intArgField(intArg: 2147483648) } }', '{ complicatedArgs { intArgField(intArg: -2147483648) } }', '{ complicatedArgs { intArgField(intArg: null) } }',
      '{ complicatedArgs { floatArgField(floatArg: "3.3") } }', '{ complicatedArgs { floatArgField(floatArg: 3) } }', '{ complicatedArgs { floatArgField(floatArg: true) } }',
      '{ complicatedArgs { booleanArgField(booleanArg: 2) } }', '{ complicatedArgs { booleanArgField(booleanArg: "true") } }', '{ complicatedArgs { booleanArgField(booleanArg: TRUE) } }',
      '{ complicatedArgs { idArgField(idArg: 1.0) } }', '{ complicatedArgs { idArgField(idArg: 5) } }', '{ complicatedArgs { idArgField(idArg: SOMETHING) } }', '{ complicatedArgs { idArgField(idArg: 123456789012345678901234567890) } }',
      '{ complicatedArgs { stringArgField(stringArg: 1) } }', '{ complicatedArgs { stringArgField(stringArg: BAR) } }', '{ complicatedArgs { stringArgField(stringArg: ["a"]) } }', '{ complicatedArgs { stringArgField(stringArg: {a: 1}) } }',
      '{ dog { doesKnowCommand(dogCommand: 2) } }', '{ dog { doesKnowCommand(dogCommand: "SIT") } }', '{ dog { doesKnowCommand(dogCommand: JUGGLE) } }', '{ dog { doesKnowCommand(dogCommand: sit) } }', '{ dog { doesKnowCommand(dogCommand: true) } }',
      '{ complicatedArgs { stringListArgField(stringListArg: ["one", null, "two"]) } }', '{ complicatedArgs { stringListArgField(stringListArg: "one") } }', '{ complicatedArgs { stringListArgField(stringListArg: ["one", 2]) } }', '{ complicatedArgs { stringListArgField(stringListArg: 1) } }',
      '{ complicatedArgs { stringListNonNullArgField(stringListNonNullArg: ["one", null]) } }', '{ complicatedArgs { nestedListArgField(nested: [[1, 2], [3, null], null, 4]) } }', '{ complicatedArgs { nestedListArgField(nested: 1) } }', '{ complicatedArgs { nestedListArgField(nested: [[[1]]]) } }',
      '{ complicatedArgs { multipleReqs(req2: "two", req1: "one") } }', '{ complicatedArgs { nonNullIntArgField(nonNullIntArg: null) } }', '{ complicatedArgs { nonNullFieldWithDefault(arg: null) } }',
      '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, intField: 4}) } }', '{ complicatedArgs { complexArgField(complexArg: {intField: 4}) } }', '{ complicatedArgs { complexArgField(complexArg: {stringListField: ["one", 2], requiredField: true}) } }',
      '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, nonNullField: null}) } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, invalidField: "v"}) } }', '{ complicatedArgs { complexArgField(complexArg: 3) } }', '{ complicatedArgs { complexArgField(complexArg: [{requiredField: true}]) } }',
      '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, requiredField: false, nested: {requiredField: true, intField: 1, intField: 2}}) } }', '{ complicatedArgs { anyArgField(any: {a: [1, $x, {b: C}]}) } }', 'query ($x: Int) { complicatedArgs { anyArgField(any: {a: [1, $x, {b: C}]}) } }',
      'query ($a: Int = 1, $b: String = "ok", $c: ComplexInput = {requiredField: true, intField: 3}, $d: Int! = 123) { dog { name } complicatedArgs { intArgField(intArg: $a) stringArgField(stringArg: $b) complexArgField(complexArg: $c) nonNullIntArgField(nonNullIntArg: $d) } }',
      'query ($a: Int! = null, $b: String! = null, $c: ComplexInput = {requiredField: null, intField: null}) { dog { name } }', 'query ($a: Int = "one", $b: String = 4, $c: ComplexInput = "NotVeryComplex", $d: [String] = ["one", 2], $e: ComplexInput = {intField: 3}) { dog { name } }', 'query ($a: FurColor = PINK) { complicatedArgs { enumArgField(enumArg: $a) } }',
      '{ dog @skip(if: "yes") @include(if: ENUM) { name } }', '{ dog { name @onField(list: [1, "2"]) } }',
    ],
    'required arguments': [
      '{ complicatedArgs { multipleReqs(req2: 2) } }', '{ complicatedArgs { multipleReqs } }', '{ complicatedArgs { multipleReqs(req1: "one") } }', '{ complicatedArgs { multipleOpts nonNullFieldWithDefault } }', '{ dog @include { name @skip } }', 'query @onQuery { dog { name } }', '{ dog { isHouseTrained(unknown: true) } }',
    ],
    'variable positions': [
      'query ($b: Boolean) { complicatedArgs { booleanArgField(booleanArg: $b) } }', 'query ($b: Boolean!) { complicatedArgs { booleanArgField(booleanArg: $b) } }', 'query ($i: Int) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }', 'query ($i: Int = 1) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }',
      'query ($i: Int = null) { complicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } }', 'query ($i: Int) { complicatedArgs { nonNullFieldWithDefault(arg: $i) } }', 'query ($s: String) { complicatedArgs { booleanArgField(booleanArg: $s) } }', 'query ($s: String) { complicatedArgs { stringListArgField(stringListArg: $s) } }',
      'query ($s: [String]) { complicatedArgs { stringListNonNullArgField(stringListNonNullArg: $s) } }', 'query ($s: [String!]!) { complicatedArgs { stringListArgField(stringListArg: $s) stringListNonNullArgField(stringListNonNullArg: $s) } }', 'query ($s: String) { complicatedArgs { stringListArgField(stringListArg: [$s]) stringListNonNullArgField(stringListNonNullArg: [$s]) } }',
      'query ($b: Boolean) { complicatedArgs { complexArgField(complexArg: {requiredField: $b, nonNullField: $b}) } }', 'query ($b: Boolean) { dog @include(if: $b) { name @skip(if: $b) } }', 'query ($b: Boolean = true) { dog @include(if: $b) { name } }', 'query ($i: ID) { complicatedArgs { intArgField(intArg: $i) idArgField(idArg: $i) } }',
      'fragment F on ComplicatedArgs { nonNullIntArgField(nonNullIntArg: $i) } query A($i: Int) { complicatedArgs { ...F } } query B($i: Int!) { complicatedArgs { ...F } } query C($i: [Int]) { complicatedArgs { ...F } }', 'query ($x: [Int]) { dog { isAtLocation(x: $x) } }', 'query ($n: [[Int!]]) { complicatedArgs { nestedListArgField(nested: $n) } }',
    ],
    overlapping: [
      '{ dog { name name } }', '{ dog { name: nickname name } }', '{ dog { fido: name fido: nickname } }', '{ dog { doesKnowCommand(dogCommand: SIT) doesKnowCommand(dogCommand: HEEL) } }', '{ dog { doesKnowCommand doesKnowCommand(dogCommand: HEEL) } }', '{ dog { isAtLocation(x: 0) isAtLocation(y: 0) } }',
      '{ dog { isAtLocation(x: 0, y: 1) isAtLocation(y: 1, x: 0) } }', '{ dog { name @include(if: true) name @include(if: false) } }', '{ pet { ... on Dog { name } ... on Cat { name: nickname } } }', '{ pet { ... on Dog { volume: barkVolume } ... on Cat { volume: meowsVolume } } }',
      '{ pet { ... on Dog { x: barkVolume } ... on Cat { x: nickname } } }', '{ pet { ... on Dog { x: barks } ... on Cat { x: meows y: furColor } ... on Dog { y: nickname } } }', '{ dog { ...A ...B } } fragment A on Dog { x: name } fragment B on Dog { x: nickname }',
      '{ dog { ...A } cat { ...B } human { name ...C } } fragment A on Dog { x: name x: nickname } fragment B on Cat { x: name } fragment C on Human { name: iq }', '{ human { relatives { name } relatives { name: iq } } }', '{ human { relatives { relatives { x: name } } relatives { relatives { x: iq y: iq } } relatives { relatives { y: name } } } }',
      '{ human { ...A } human { relatives { name: iq } } } fragment A on Human { relatives { name } }', '{ f: dog { name } f: cat { name } }', '{ pets { ... on Dog { mother { name } } ... on Cat { mother: nickname } } }', '{ dog { mother { ...X } mother { ...Y } } } fragment X on Dog { n: name ...Z } fragment Y on Dog { n: nickname ...Z } fragment Z on Dog { n: barks }',
      '{ dog { ...A ...A } ...B } fragment A on Dog { mother { name ...A2 } } fragment A2 on Dog { name: nickname } fragment B on Query { dog { mother { name: barks } } }', '{ complicatedArgs { complexArgField(complexArg: {requiredField: true, intField: 1}) complexArgField(complexArg: {intField: 1, requiredField: true}) } }',
      '{ complicatedArgs { intArgField(intArg: 1) intArgField(intArg: 2) } complicatedArgs { intArgField(intArg: 3) } }', '{ catOrDog { ... on Dog { name } ... on Cat { name(surname: true) } ... on Being { name } } }', '{ catOrDog { ... on Dog { x: nickname } ... on Being { x: name } } }', '{ dog { a: name a: unknown b: unknown b: nope } }',
      '{ dog { x: barks } ... on Query { dog { x: __typename } } }', '{ pet { ... on Dog { a: __typename } ... on Cat { a: meows } } }', '{ human { pets { ... on Dog { m: mother { name } } } pets { ... on Dog { m: father { name } } ... on Cat { m: name } } } }', 'mutation { rename(name: "a") { name } rename(name: "b") { name } }',
      '{ dog { name { a: x } name { a: y } } }', '{ dog { ...F } } fragment F on Dog { mother { ...F x: name } mother { x: nickname } }',
    ],
    introspection: [
      '{ __schema { types { name fields { name type { name fields { name } } } } } }', '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }', '{ __type(name: "Dog") { ...F } } fragment F on __Type { interfaces { possibleTypes { inputFields { name } } } }',
      '{ a: __type(name: "Dog") { interfaces { name } possibleTypes { name } enumValues { name } inputFields { name } ofType { name } } b: __type(name: "FurColor") { enumValues { name isDeprecated deprecationReason } } c: __type(name: "Nope") { name } d: __type(name: "CatOrDog") { kind possibleTypes { name } fields { name } } }',
      '{ __type(name: "Query") { fields(includeDeprecated: true) { name isDeprecated deprecationReason args(includeDeprecated: true) { name isDeprecated } } } }', '{ __type(name: "ComplexInput") { inputFields { name defaultValue type { kind ofType { name } } } } any: __type(name: "Any") { specifiedByURL description } }', '{ __type { name } __schema { directives { name isRepeatable locations args { name defaultValue } } } }',
      '{ __typename __schema { __typename description } }', 'query ($n: String!) { __type(name: $n) { name ...T } } fragment T on __Type { t: __typename }',
    ],
    execution: [
      '{ dog { name nickname barkVolume barks mother { name barkVolume mother { name } } } }', '{ cat { name meowsVolume furColor } pet { __typename name ... on Cat { meows } } catOrDog { ... on Dog { barks } } }', '{ human { name iq pets { __typename name } relatives { name iq relatives { name } } } }', '{ dogs { name mother { barkVolume } } }',
      '{ anything numbers broken old }', '{ required dog { name } }', '{ dog { name ...F @skip(if: true) ... @include(if: false) { barks } } } fragment F on Dog { nickname }', 'query A { dog { name } } query B { cat { name } }', 'mutation { rename(name: "x") { name } bark a: bark(times: 3) }', '{ pets { __typename ... on Dog { name } ... on Cat { nickname } } }',
      '{ complicatedArgs { stringArgField intArgField booleanArgField nonNullIntArgField(nonNullIntArg: 1) } }', 'subscription { loud }',
    ],
  },
  small: {
    syntax: [
      '', ' ', '#', '{', '}', '{}', '{ }', '{ a }}', '{ a', '{ a: }', '{ :a }', '{ int(', '{ int() }', '{ int(a) }', '{ int(a:) }', '{ text(value: ) }', '{ text(value: "a" }', '{ ... }', '{ ...on Root }', '{ ... on { int } }', 'fragment on on Root { int }', 'fragment F { int }', 'fragment F on Root', 'query', 'query {', 'query Q(', 'query Q() { int }', 'query Q($) { int }', 'query Q($a) { int }', 'query Q($a:) { int }', 'query Q($a: [Int) { int }',
      'query Q($a: Int = $b) { int }', 'query Q($a: [Int] = [$b]) { int }', 'query Q($a: Int!!) { int }', 'notanoperation Foo { int }', '{ int } foo', '"doc" { int }', '"doc" query { int }', '{ int @ }', '{ int @skip( }', 'subscription', 'mutation', '{ text(value: "unterminated) }', '{ text(value: "a\nb") }', '{ text(value: """unterminated) }', '{ text(value: "\\x") }', '{ text(value: "\\u12") }', '{ text(value: "\\uD83D") }', '{ text(value: "\\uD83D\\uDE00") }', '{ text(value: "\\u{1F600}") }', '{ text(value: "\\u{110000}") }', '{ text(value: "\\u{}") }', '{ text(value: "\\u{D800}") }', '{ text(value: "\\u{123456789}") }', '{ text(value: "\\uXXXX") }', '{ text(value: "\\',
      '{ text(one: {n: 01}) }', '{ text(one: {n: 1.}) }', '{ text(one: {n: .5}) }', '{ text(one: {n: 1e}) }', '{ text(one: {n: -}) }', '{ text(one: {n: 1a}) }', '{ text(one: {n: 1.5.5}) }', '{ text(one: {n: 0x1}) }', '{ text(one: {n: 1_}) }', '{ text(one: {n: -a}) }', '{ text(one: {n: 1e+}) }', '{ text(one: {n: 00}) }', "{ text(value: 'a') }", '{ int ? }', '{ int . }', '{ int .. }', '{ int \u0007 }', '{ int \u00e9 }', '{ int \ud83d\ude00 }', '{ int & }', '{ int | }', '\ufeff{ int }', '{ int \ufeff float b { float } }', '{ int # comment \ud83d\ude00\n }', '{ int,,, ,float b { int float } }', '{\r\n  int\r\n  nope\r\n}', '{\r  nope\r}', '{\n\n\t nope }', '{ x: "a" }', '{ text(value: "\u00e9\ud83d\ude00") nope }', '{ text(value: """\ud83d\ude00\n""") nope }', '{ a { b { a { b { nope } } } } }',
      'type Foo { a: Int }', 'type Foo { a }', 'type Foo implements { a: Int }', 'type Foo implements A & & B { a: Int }', 'type Foo { a( ): Int }', 'enum E { true }', 'enum E { }', 'union U =', 'union U = | A | B', 'input I { a: Int = $x }', 'directive @a', 'directive @a on', 'directive @a on NOPE', 'directive @a(x: Int) repeatable on FIELD | QUERY', 'schema', 'schema { }', 'schema { query }', 'schema { foo: Query }', 'scalar', 'extend', 'extend foo', 'extend type Foo', 'extend scalar Foo', 'extend scalar Foo @x', 'extend directive @a on FIELD', 'extend "x" type A { a: Int }', '"d" extend type A { a: Int }', '"d" fragment F on Root { int }', 'interface I implements J { a: Int }', 'type A { "d" a("e" x: Int = 1 @x): Int! @y }', 'type T', 'input I', 'enum E',
    ],
    strings: [
      '{ text(value: """  a\n    b\n   c  \n\n""") }', '{ text(value: """\n\n    Hello,\n      World!\n\n    Yours,\n      GraphQL.\n  """) }', '{ text(value: """contains \\""" triple""") }', '{ text(value: """\r\n a\r b""") }', '{ text(value: "\\b\\f\\n\\r\\t\\/\\\\\\"") }', '{ text(value: """ """) text }', '{ text(value: """a"b""c""") }', '{ text(value: """\\n\\u0041""") }',
    ],
    coercion: [
      ['query ($c: Color!) { color(of: $c) }', { c: 'RED' }], ['query ($c: Color!) { color(of: $c) }', { c: 'red' }], ['query ($c: Color!) { color(of: $c) }', {}], ['query ($c: Color!) { color(of: $c) }', { c: null }], ['query ($c: Color!) { color(of: $c) }', { c: 3 }], ['query ($c: Color) { color(of: $c) }', {}], ['query ($c: Color) { color(of: $c) }', { c: null }], ['query ($c: Color = BLUE) { color(of: $c) }', {}],
      ['query ($i: Input) { text(one: $i) }', { i: { n: 1 } }], ['query ($i: Input) { text(one: $i) }', { i: { n: '1' } }], ['query ($i: Input) { text(one: $i) }', { i: { m: [1, null, 'x'], n: null, z: 1 } }], ['query ($i: Input) { text(one: $i) }', { i: 3 }], ['query ($i: Input) { text(one: $i) }', { i: [] }], ['query ($i: Input) { text(one: $i) }', { i: { n: 1, deep: { n: 2, deep: { m: 7 } } } }], ['query ($i: Input) { text(one: $i) }', { i: { n: 1.5, m: 3, c: 'PURPLE' } }], ['query ($i: Input) { text(one: $i) }', { i: { n: 1.0, m: 3, c: 'BLUE' } }],
      ['query ($n: Int!, $m: [Int!]) { text(one: {n: $n, m: $m}) }', { n: 5 }], ['query ($n: Int!, $m: [Int!]) { text(one: {n: $n, m: $m}) }', { n: 5, m: [1, null] }], ['query ($n: Int = 3) { text(one: {n: $n}) }', {}], ['query ($n: Int = 3) { text(one: {n: $n}) }', { n: null }], ['query ($n: Int!) { text(one: {n: $n}) }', { n: 3000000000 }], ['query ($n: Int!) { text(one: {n: $n}) }', { n: true }], ['query ($s: String) { text(value: $s) }', { s: 3 }], ['query ($s: String) { text(value: $s) }', { s: ['a'] }], ['query ($s: String) { text(value: $s) }', { s: {} }], ['query ($s: String!, $b: Boolean!) { text(value: $s) @skip(if: $b) int }', { s: 'x', b: true }], ['query ($b: Boolean!) { int @include(if: $b) }', { b: 'true' }], ['query ($b: Boolean!) { int @include(if: $b) }', {}],
    ],
    completion: [
      '{ int float text id flag color }', '{ a { int float } b { float } }', '{ b { b { float b { float } } } }', '{ a { b { float b { float } } } }', '{ list { id b { id } } lists { text } }', '{ list { b { b { b { id } } } } int }', '{ node { __typename id ... on One { one self { int } } ... on Two { two } } }', '{ either { ... on One { id } ... on Two { id two } } }', '{ a { node { ... on Two { two } } } b { either { ... on One { one self { float } } } } }', '{ list { float lists { int } list { id } } }', '{ x: a { lists { int } list { int } node { id int } } }', '{ ...F ...G } fragment F on Root { a { id ...H } } fragment G on Root { a { int ...H } } fragment H on Root { flag }', '{ a { id } a { text } ... { a { flag } } }', '{ int @skip(if: true) @include(if: true) }', '{ int @skip(if: false) @include(if: false) float text }', '{ __typename a { __typename } }',
    ],
    operations: [
      { query: 'query A { int } query B { id }', operation: 'B' }, { query: 'query A { int } query B { id }', operation: 'C' }, { query: 'query A { int }', operation: 'A' }, { query: '{ int }', operation: 'A' }, 'fragment F on Root { int }', 'mutation { x }', 'subscription { x }', 'mutation { x } query A { int }',
    ],
  },
};

exports.corpus = Object.entries(cases).flatMap(([schema, groups]) =>
  Object.entries(groups).flatMap(([group, items]) =>
    items.map((item, i) => {
      const name = `${group} ${i}`;
      if (typeof item === 'string') return { schema, name, query: item, variables: {} };
      if (Array.isArray(item)) return { schema, name, query: item[0], variables: item[1] };
      return { schema, name, variables: {}, ...item };
    })));
