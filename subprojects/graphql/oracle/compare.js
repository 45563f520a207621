// SPDX-License-Identifier: MIT
'use strict';

// usage: node compare.js RUNNER
// Sends the same schemas and documents through the runner and the reference implementation and reports
// every difference. Ends with 1 if there is one. ORACLE_SEED: of the generated documents, a number or
// "random"; ORACLE_DOCUMENTS: how many.

const { spawn } = require('node:child_process');
const readline = require('node:readline');
const graphql = require('graphql');
const { corpus } = require('./corpus');
const { makeGenerator, makeMutator, makeRandom } = require('./generate');
const reference = require('./reference');
const { rules } = require('./rules');
const { schemas } = require('./schemas');
const { sdlCorpus } = require('./sdl_corpus');
const { firstSections } = require('./spec_examples');
const { schemas: specSchemas } = require('./spec_schemas');
const { lastSections } = require('./spec_validation');

const seed = process.env.ORACLE_SEED === 'random' ? Date.now() % 1000000 : Number(process.env.ORACLE_SEED ?? 1);
const generated = Number(process.env.ORACLE_DOCUMENTS ?? 20000);
const generatedSchemas = Math.ceil(generated / 10);

class Runner {
  constructor(path) {
    this.child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.waiting = [];
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.waiting.shift()(JSON.parse(line));
    });
    this.child.on('exit', (code) => {
      if (this.waiting.length === 0) return;
      console.error(`the runner ended with ${code}`);
      console.error(this.last);
      process.exit(1);
    });
  }
  ask(request) {
    this.last = JSON.stringify(request);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin.write(this.last + '\n');
    });
  }
  end() {
    this.child.stdin.end();
  }
}

const introspection = graphql.getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true });

let runner;
let differences = 0;
let counts = {};

function count(what) {
  counts[what] = (counts[what] ?? 0) + 1;
}

function report(what) {
  console.log(`${what}: ${JSON.stringify(counts)}`);
  counts = {};
}

function difference(what, request, ours, theirs) {
  differences += 1;
  if (differences > 40) return;
  console.log(`--- ${what}`);
  if (request.query !== introspection) console.log(JSON.stringify({ ...request, root: undefined }).slice(0, 3000));
  const a = ours.split('\n');
  const b = theirs.split('\n');
  let at = 0;
  while (a.length + b.length >= 60 && a[at] === b[at]) at += 1;
  const end = a.length + b.length < 60 ? undefined : at + 5;
  console.log(`ours, line ${at + 1}:   ` + a.slice(at, end).join('\n'));
  console.log(`theirs, line ${at + 1}: ` + b.slice(at, end).join('\n'));
}

// The reference's answer.
async function compareQuery(schema, request, what) {
  const theirs = await reference.answer(schema, request);
  const ours = await runner.ask(request);
  count(request.query === introspection ? 'introspections' : theirs.stage);
  if (ours.stage !== theirs.stage) {
    difference(what, request, `${ours.stage} ${reference.answerText(ours)}`, `${theirs.stage} ${reference.answerText(theirs)}`);
  } else if (reference.isNullCondition(ours, request)) {
    count('null conditions, not compared');
  } else {
    const a = reference.answerText(ours);
    const b = reference.answerText(theirs);
    if (a !== b) difference(what, request, a, b);
  }
  return theirs;
}

// The schema if it is valid; then printed text and introspection were compared, else the messages.
async function compareSchema(sdl, what) {
  const theirs = reference.build(sdl);
  const ours = await runner.ask({ sdl });
  count(theirs.schema ? 'valid schemas' : 'invalid schemas');
  if (!theirs.schema !== (ours.errors !== undefined) && !reference.isStricter(ours)) {
    difference(what, { sdl }, JSON.stringify(ours), reference.schemaErrorText(theirs.errors ?? []) || 'valid');
  } else if (reference.isStricter(ours)) {
    count('refused here alone, not compared');
  } else if (!theirs.schema) {
    const a = reference.schemaErrorText(ours.errors);
    const b = reference.schemaErrorText(theirs.errors);
    if (a !== b) difference(what, { sdl }, a, b);
  } else {
    const printed = graphql.printSchema(theirs.schema) + '\n';
    if (ours.printed !== printed) difference(what + ': printed', { sdl }, ours.printed, printed);
    await compareQuery(theirs.schema, { query: introspection, root: {} }, `${what}: introspection of ${sdl.slice(0, 1000)}`);
    return theirs.schema;
  }
  return undefined;
}

const violates = (answer, rule) => (rule === 'syntax' ? answer.stage === 'parse' : (answer.errors ?? []).some((e) => e.rule === rule));

// The examples of the specification, whose verdicts are checked, too.
async function compareSpecification() {
  for (const each of specSchemas) {
    const [sdl, valid] = Array.isArray(each) ? [each[0], false] : [each, true];
    await compareSchema(sdl, 'specification');
    const ours = await runner.ask({ sdl });
    if ((ours.errors === undefined) !== valid) difference('verdict of the specification', { sdl }, JSON.stringify(ours), `valid: ${valid}`);
  }
  for (const { name, sdl, root, documents } of [...firstSections, ...lastSections]) {
    const schema = await compareSchema(sdl, name);
    for (const each of documents) {
      const example = typeof each === 'string' ? { query: each } : Array.isArray(each) ? { query: each[0], rule: each[1] } : each;
      const { rule, ...request } = { root, variables: {}, ...example };
      const answer = await compareQuery(schema, request, `specification, ${name}`);
      const right = rule ? violates(answer, rule) : answer.stage === 'execute';
      if (!right) difference('verdict of the specification', request, reference.answerText(answer), rule ?? 'valid');
    }
  }
  report('examples of the specification');
}

// Valid and invalid documents for every rule.
async function compareRules() {
  const { sdl, root } = schemas.pets;
  const schema = await compareSchema(sdl, 'pets');
  for (const name of reference.ruleNames) {
    if (!rules[name]) difference('a rule without cases', { rule: name }, '', '');
  }
  for (const [name, { valid, invalid }] of Object.entries(rules)) {
    for (const query of [...valid, ...invalid]) {
      const answer = await compareQuery(schema, { query, root, variables: {} }, name);
      const right = invalid.includes(query) ? violates(answer, name) : answer.stage === 'execute';
      if (!right) difference(`a case of ${name} that is none`, { query }, '', reference.answerText(answer));
    }
  }
  report('rules');
}

async function compareCorpus() {
  for (const [name, sdl] of Object.entries(sdlCorpus)) await compareSchema(sdl, name);
  for (const [name, { sdl, root }] of Object.entries(schemas)) {
    const schema = await compareSchema(sdl, name);
    for (const each of corpus.filter((c) => c.schema === name)) {
      await compareQuery(schema, { root, ...each, schema: undefined, name: undefined }, `${name}: ${each.name}`);
    }
  }
  report('corpus');
}

// Any double as its shortest text.
async function compareNumbers() {
  const schema = await compareSchema(schemas.pets.sdl, 'pets');
  const bits = makeRandom(seed);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 1000; i += 1) {
    for (let byte = 0; byte < 8; byte += 1) view.setUint8(byte, bits(256));
    const number = i < 500 ? (bits(2000000) - 1000000) / 10 ** bits(12) : view.getFloat64(0);
    if (!Number.isFinite(number)) continue;
    const root = { complicatedArgs: { stringArgField: number }, numbers: [number] };
    await compareQuery(schema, { query: '{ complicatedArgs { stringArgField } numbers }', root }, `number ${number}`);
  }
  report(`numbers, seed ${seed}`);
}

async function compareGenerated() {
  for (const [name, { sdl, root }] of Object.entries(schemas)) {
    const schema = await compareSchema(sdl, name);
    const next = makeGenerator(schema, seed);
    for (let i = 0; i < Math.ceil(generated / Object.keys(schemas).length); i += 1) {
      await compareQuery(schema, { root, ...next() }, `${name}: generated ${i}, seed ${seed}`);
    }
  }
  report(`generated documents, seed ${seed}`);
  await compareNumbers();
  const texts = [...Object.values(sdlCorpus), ...specSchemas.flat()];
  const mutate = makeMutator(seed);
  for (let i = 0; i < generatedSchemas; i += 1) {
    await compareSchema(mutate(texts[i % texts.length]), `schema ${i}, seed ${seed}`);
  }
  report(`mutated schemas, seed ${seed}`);
}

async function main() {
  runner = new Runner(process.argv[2]);
  await compareSpecification();
  await compareRules();
  await compareCorpus();
  await compareGenerated();
  runner.end();
  console.log(`differences: ${differences}`);
  process.exitCode = differences > 0 ? 1 : 0;
}

main();
