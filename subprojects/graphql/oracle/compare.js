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
const { schemas } = require('./schemas');
const { sdlCorpus } = require('./sdl_corpus');
const { makeGenerator } = require('./generate');

const seed = process.env.ORACLE_SEED === 'random' ? Date.now() % 1000000 : Number(process.env.ORACLE_SEED ?? 1);
const generated = Number(process.env.ORACLE_DOCUMENTS ?? 20000);

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

// Suggestions are the reference's own; the rest of the text is compared.
function plain(message) {
  return message.replace(/ Did you mean .*\?$/s, '').replace(/ Did you mean the .*$/s, '');
}

function places(error) {
  return (error.locations ?? []).map((at) => `${at.line}:${at.column}`).join(' ');
}

function byRule(schema, document) {
  const found = [];
  for (const rule of graphql.specifiedRules) {
    for (const error of graphql.validate(schema, document, [rule])) {
      found.push({ rule: rule.name.replace(/Rule$/, ''), message: error.message, locations: error.locations });
    }
  }
  return found;
}

function line(error) {
  return `${error.rule ?? ''} [${places(error)}] ${plain(error.message)}`;
}

// @oneOf came after October 2021; the order of types is left open.
function normalised(response) {
  response = JSON.parse(JSON.stringify(response), (key, value) =>
    Array.isArray(value) ? value.filter((item) => item?.name !== 'isOneOf' && item?.name !== 'oneOf') : value);
  const schema = response.data?.__schema;
  schema?.types?.sort((a, b) => (a.name < b.name ? -1 : 1));
  schema?.directives?.sort((a, b) => (a.name < b.name ? -1 : 1));
  return response;
}

async function reference(schema, request) {
  let document;
  try {
    document = graphql.parse(request.query);
  } catch (error) {
    return { stage: 'parse', errors: [error] };
  }
  const invalid = byRule(schema, document);
  if (invalid.length > 0) return { stage: 'validate', errors: invalid };
  const result = await graphql.execute({
    schema, document, rootValue: request.root, variableValues: request.variables,
    operationName: request.operation,
  });
  return { stage: 'execute', response: normalised(JSON.parse(JSON.stringify(result))) };
}

function executionText(response) {
  const errors = (response.errors ?? [])
    .map((e) => `${plain(e.message)} [${places(e)}] ${JSON.stringify(e.path ?? [])}`).sort();
  // See the README: a schema without such a root refuses before it executes.
  const refused = errors.length === 1 && errors[0].startsWith('Schema is not configured');
  return JSON.stringify({ data: refused ? undefined : response.data, errors }, null, 1);
}

function texts(answer) {
  if (answer.stage === 'execute') return [executionText(normalised(answer.response))];
  // Type definitions in a request are refused as such; what else is wrong in them is not looked at.
  // Which of two equally named arguments counts when fields are compared is left open.
  if (answer.errors.some((e) => e.rule === 'UniqueArgumentNames')) {
    return answer.errors.filter((e) => e.rule !== 'OverlappingFieldsCanBeMerged').map(line).sort();
  }
  const foreign = answer.errors.filter((e) => e.rule === 'ExecutableDefinitions');
  return (foreign.length > 0 ? foreign : answer.errors).map(line).sort();
}

let differences = 0;
const counts = {};

function difference(what, request, ours, theirs) {
  differences += 1;
  if (differences > 40) return;
  console.log(`--- ${what}`);
  console.log(JSON.stringify({ ...request, root: undefined }).slice(0, 3000));
  const a = ours.split('\n');
  const b = theirs.split('\n');
  if (a.length + b.length < 60) {
    console.log('ours:   ' + ours);
    console.log('theirs: ' + theirs);
    return;
  }
  let at = 0;
  while (a[at] === b[at]) at += 1;
  console.log(`line ${at + 1}, ours:   ` + a.slice(at, at + 5).join('\n'));
  console.log(`line ${at + 1}, theirs: ` + b.slice(at, at + 5).join('\n'));
}

async function compareQuery(runner, schema, request, what) {
  const theirs = await reference(schema, request);
  const ours = await runner.ask(request);
  counts[theirs.stage] = (counts[theirs.stage] ?? 0) + 1;
  if (ours.stage !== theirs.stage) {
    return difference(what, request, `${ours.stage} ${texts(ours)}`, `${theirs.stage} ${texts(theirs)}`);
  }
  // Both report a bounded number of violations, in an order of their own.
  if (theirs.stage === 'validate' && theirs.errors.length > 50) return;
  // See the README: a null condition refuses the whole request, also where no value is reached.
  const nullCondition = /^Argument "if" of non-null type "Boolean!" must not be null/;
  if (ours.response?.errors?.some((e) => nullCondition.test(e.message)) &&
      Object.values(request.variables ?? {}).includes(null)) {
    counts.nullConditions = (counts.nullConditions ?? 0) + 1;
    return;
  }
  const a = texts(ours).join('\n');
  const b = texts(theirs).join('\n');
  if (a !== b) difference(what, request, a, b);
}

async function compareSchema(runner, sdl, what) {
  let schema;
  let errors = [];
  try {
    schema = graphql.buildSchema(sdl);
    errors = graphql.validateSchema(schema);
  } catch (error) {
    errors = [error];
  }
  const ours = await runner.ask({ sdl });
  counts.schema = (counts.schema ?? 0) + 1;
  if ((errors.length > 0) !== (ours.errors !== undefined)) {
    difference(what, { sdl }, JSON.stringify(ours), errors.map(String).join('\n') || 'valid');
    return undefined;
  }
  if (errors.length > 0) return undefined;
  const printed = graphql.printSchema(schema) + '\n';
  if (ours.printed !== printed) difference(what + ': printed', { sdl }, ours.printed, printed);
  return schema;
}

async function main() {
  console.log(`seed ${seed}`);
  const runner = new Runner(process.argv[2]);
  for (const [name, sdl] of Object.entries(sdlCorpus)) await compareSchema(runner, sdl, name);
  for (const [name, { sdl, root }] of Object.entries(schemas)) {
    const schema = await compareSchema(runner, sdl, name);
    if (schema === undefined) continue;
    await compareQuery(runner, schema, { query: graphql.getIntrospectionQuery({ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true }), root }, `${name}: introspection`);
    for (const each of corpus.filter((c) => c.schema === name)) {
      await compareQuery(runner, schema, { root, ...each, schema: undefined, name: undefined }, `${name}: ${each.name}`);
    }
    const next = makeGenerator(schema, seed);
    const share = Math.ceil(generated / Object.keys(schemas).length);
    for (let i = 0; i < share; i += 1) {
      await compareQuery(runner, schema, { root, ...next() }, `${name}: generated ${i}, seed ${seed}`);
    }
  }
  runner.end();
  console.log(`compared: ${JSON.stringify(counts)}; differences: ${differences}`);
  process.exitCode = differences > 0 ? 1 : 0;
}

main();
