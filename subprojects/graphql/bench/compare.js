// SPDX-License-Identifier: MIT
'use strict';

// usage: NODE_PATH=…/oracle/node_modules node compare.js BENCH
// The reference's times for the cases of bench.cc beside this library's, from one run. Both execute a
// document that was parsed and validated before, and write the answer as text. Ends with 1 when a ratio
// is below its target or BENCH failed.

const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const graphql = require('graphql');

const targets = { execution: 20, compilation: 10 };

const text = (file, name) => new RegExp(`${name} = R"\\(([^]*?)\\)";`).exec(readFileSync(path.join(__dirname, file), 'utf8'))[1];
const schema = graphql.buildSchema(text('schema.h', 'kSdl'));
const items = Array.from({ length: 50 }, (_, i) => ({
  id: 1000 + i, jobId: 4000000 + i, user: `user${i % 9}`, project: `project${i % 4}`, cluster: 'fritz', subCluster: 'main',
  startTime: new Date((1700000000 + i * 60) * 1000).toISOString(), duration: 3600 + i, numNodes: 2, state: 'completed',
  tags: [{ id: 1, type: 'type', name: 'name', scope: 'global' }, { id: 2, type: 'kind', name: 'other', scope: 'admin' }],
  resources: [{ hostname: 'f0101' }, { hostname: 'f0102' }],
  footprint: ['flops_any', 'mem_bw', 'cpu_load', 'mem_used'].map((name) => ({ name, stat: 'avg', value: 1.25 * i + 0.1 })),
}));
const rootValue = { jobs: { items, count: 50 } };
const variableValues = JSON.parse(text('page.h', 'kVariables'));

// Microseconds for one call: the best of several rounds.
function measure(work) {
  let best = Infinity;
  for (const end = performance.now() + 3000; performance.now() < end;) {
    const begin = performance.now();
    let calls = 0;
    do { work(); calls += 1; } while (performance.now() - begin < 2);
    best = Math.min(best, (performance.now() - begin) * 1000 / calls);
  }
  return best;
}

const document = graphql.parse(text('page.h', 'kQuery'));
const execute = () => JSON.stringify(graphql.execute({ schema, document, rootValue, variableValues }));
const compile = () => graphql.validate(schema, graphql.parse(text('page.h', 'kQueryNothing')));
if (JSON.parse(execute()).errors || compile().length > 0) throw new Error('the reference does not like the query');

const execution = measure(execute);
const source = text('page.h', 'kQueryNothing');
const compilation = measure(() => graphql.validate(schema, graphql.parse(source)));
const ours = spawnSync(process.argv[2], ['1000'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const [a, b] = [...ours.stdout.matchAll(/: ([\d.]+) us/g)].map((m) => Number(m[1]));
console.log(ours.stdout);
console.log(`reference: execute ${execution.toFixed(1)} us (${execute().length} bytes), parse and validate ${compilation.toFixed(1)} us`);
console.log(`ratio: execute ${(execution / a).toFixed(1)} (target ${targets.execution}), parse and validate ${(compilation / b).toFixed(1)} (target ${targets.compilation})`);
const reached = execution / a >= targets.execution && compilation / b >= targets.compilation;
process.exitCode = ours.status === 0 && reached ? 0 : 1;
