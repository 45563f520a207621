// SPDX-License-Identifier: MIT
'use strict';

// usage: NODE_PATH=…/oracle/node_modules node compare.js BENCH
// The reference's times for the cases of bench.cc beside this library's, from one run.

const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const graphql = require('graphql');

const header = readFileSync(path.join(__dirname, 'page.h'), 'utf8');
const text = (name) => new RegExp(`${name} = R"\\(([^]*?)\\)";`).exec(header)[1];
const schema = graphql.buildSchema(text('kSdl'));
const items = Array.from({ length: 50 }, (_, i) => ({
  id: 1000 + i, jobId: 4000000 + i, user: `user${i % 9}`, project: `project${i % 4}`, cluster: 'fritz', subCluster: 'main',
  startTime: new Date((1700000000 + i * 60) * 1000).toISOString(), duration: 3600 + i, numNodes: 2, state: 'completed',
  tags: [{ id: 1, type: 'type', name: 'name', scope: 'global' }, { id: 2, type: 'kind', name: 'other', scope: 'admin' }],
  resources: [{ hostname: 'f0101' }, { hostname: 'f0102' }],
  footprint: ['flops_any', 'mem_bw', 'cpu_load', 'mem_used'].map((name) => ({ name, stat: 'avg', value: 1.25 * i + 0.1 })),
}));
const rootValue = { jobs: { items, count: 50 } };
const variableValues = JSON.parse(text('kVariables'));

function measure(work) {
  let best = Infinity;
  for (const end = performance.now() + 3000; performance.now() < end;) {
    const begin = performance.now();
    let calls = 0;
    do { work(); calls += 1; } while (performance.now() - begin < 20);
    best = Math.min(best, (performance.now() - begin) * 1000 / calls);
  }
  return best;
}

const document = graphql.parse(text('kQuery'));
const execution = measure(() => JSON.stringify(graphql.execute({ schema, document, rootValue, variableValues })));
const compilation = measure(() => graphql.validate(schema, graphql.parse(text('kQueryNothing'))));
const ours = execFileSync(process.argv[2], ['1000'], { encoding: 'utf8' });
const [a, b] = [...ours.matchAll(/: ([\d.]+) us/g)].map((m) => Number(m[1]));
console.log(ours);
console.log(`reference: execute ${execution.toFixed(1)} us, parse and validate ${compilation.toFixed(1)} us`);
console.log(`ratio: execute ${(execution / a).toFixed(1)}, parse and validate ${(compilation / b).toFixed(1)}`);
