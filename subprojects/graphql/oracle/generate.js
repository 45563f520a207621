// SPDX-License-Identifier: MIT
'use strict';

// Documents made from a schema at random: mostly valid ones, some with a wrong name, value or type put
// in on purpose, some with tokens or bytes changed.

const graphql = require('graphql');

function makeRandom(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * n);
  };
}

// Changes one or two tokens of a text.
function mutateWith({ random, pick }, text) {
  const tokens = text.match(/"""[^]*?"""|"[^"\n]*"|\w+|\.\.\.|[^\s]|\s+/g) ?? [];
  for (let n = 1 + random(2); n > 0 && tokens.length > 0; n -= 1) {
    const at = random(tokens.length);
    switch (random(6)) {
      case 0: tokens.splice(at, 1); break;
      case 1: tokens.splice(at, 0, pick(tokens)); break;
      case 2: tokens[at] = pick(tokens); break;
      case 3: tokens[at] = pick(['{', '}', '(', ')', '...', 'on', '$', '@', '!', ':', '[', ']', '"', '"""', '\\', '01', '1.', '-', '.', '&', '|', '=', '\ud83d\ude00', '\u0007', 'null', 'fragment', 'query', '#c\n', '\ufeff', ',', "'"]); break;
      case 4: tokens[at] = tokens[at].slice(0, random(tokens[at].length)); break;
      default: tokens[at] += pick(['x', '1', '"', '.', ' ', 'e5']);
    }
  }
  return tokens.join('');
}

function makeTools(seed) {
  const random = makeRandom(seed);
  return { random, chance: (percent) => random(100) < percent, pick: (list) => list[random(list.length)] };
}

exports.makeRandom = makeRandom;

exports.makeMutator = function makeMutator(seed) {
  const tools = makeTools(seed);
  return (text) => mutateWith(tools, text);
};

exports.makeGenerator = function makeGenerator(schema, seed) {
  const tools = makeTools(seed);
  const { random, chance, pick } = tools;
  let wildness = 0;
  let variables;
  let values;
  let fragments;

  function literal(type, depth, constant) {
    if (wildness > 0 && chance(wildness)) return pick(['null', '3', '"s"', '1.5', 'true', 'RED', '[1]', '{n: 1}', '-0', '1e3', '3000000000', '{requiredField: true, x: 1}', '"""b"""', '$nope']);
    if (graphql.isNonNullType(type)) return strict(type.ofType, depth, constant);
    if (chance(8)) return 'null';
    return strict(type, depth, constant);
  }
  function strict(type, depth, constant) {
    if (!constant && chance(25)) return variable(type);
    if (graphql.isListType(type)) {
      if (chance(20)) return literal(type.ofType, depth + 1, constant);
      return '[' + Array.from({ length: random(3) }, () => literal(type.ofType, depth + 1, constant)).join(', ') + ']';
    }
    if (graphql.isEnumType(type)) return pick(type.getValues()).name;
    if (graphql.isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((f) => graphql.isRequiredInputField(f) || (depth < 3 && chance(30)));
      return '{' + fields.map((f) => `${f.name}: ${literal(f.type, depth + 1, constant)}`).join(', ') + '}';
    }
    switch (type.name) {
      case 'Int': return pick(['0', '1', '-7', '2147483647']);
      case 'Float': return pick(['0', '1.5', '-2e3', '7']);
      case 'Boolean': return pick(['true', 'false']);
      case 'ID': return pick(['1', '"x"', '"\\u0041"']);
      case 'String': return pick(['"a"', '""', '"""\n  block\n   text\n"""', '"\\n\\"\\u{1F600}"', '"ä"']);
      default: return pick(['1', '"x"', '{a: [1, X]}', 'true']);
    }
  }
  function json(type, depth) {
    if (chance(wildness)) return pick([null, 'x', 3, 1.5, true, [1], { n: 1 }, 3000000000, [null]]);
    if (graphql.isNonNullType(type)) return jsonStrict(type.ofType, depth);
    return chance(10) ? null : jsonStrict(type, depth);
  }
  function jsonStrict(type, depth) {
    if (graphql.isListType(type)) return chance(20) ? json(type.ofType, depth) : Array.from({ length: random(3) }, () => json(type.ofType, depth + 1));
    if (graphql.isEnumType(type)) return pick(type.getValues()).name;
    if (graphql.isInputObjectType(type)) {
      const object = {};
      for (const f of Object.values(type.getFields())) if (graphql.isRequiredInputField(f) || (depth < 3 && chance(30))) object[f.name] = json(f.type, depth + 1);
      return object;
    }
    switch (type.name) {
      case 'Int': return pick([0, 1, -5, 7.0]);
      case 'Float': return pick([0, 1.5, -3]);
      case 'Boolean': return chance(50);
      case 'ID': return pick([1, 'x']);
      default: return 'text';
    }
  }
  function variable(type) {
    const name = `v${variables.length}`;
    let declared = String(type);
    if (chance(30)) declared += '!';
    if (chance(wildness)) declared = pick(['Int', '[String]', 'Boolean!', 'Nope', 'Query']);
    const fallback = chance(25) ? ` = ${wildness > 0 || !declared.endsWith('!') ? literal(type, 1, true) : strict(type, 1, true)}` : '';
    variables.push(`$${name}: ${declared}${fallback}`);
    if (chance(85)) values[name] = json(type, 0);
    return '$' + name;
  }
  function args(defs) {
    const given = defs.filter((d) => (graphql.isRequiredArgument(d) ? !chance(wildness) : chance(30)));
    const list = given.map((d) => `${d.name}: ${literal(d.type, 0, false)}`);
    if (chance(wildness)) list.push('unknown: 1');
    if (list.length > 0 && chance(wildness)) list.push(list[0]);
    return list.length > 0 ? `(${list.join(', ')})` : '';
  }
  function directives(location) {
    let text = '';
    if (chance(6)) text += ` @${pick(['skip', 'include'])}(if: ${chance(50) ? pick(['true', 'false']) : variable(graphql.GraphQLBoolean) })`;
    if (wildness > 0 && chance(wildness)) text += pick([' @nope', ' @onQuery', ' @skip', ' @onField', ' @skip(if: 3)', ' @onField @onField', ' @include(if: true) @include(if: false)', ' @deprecated']);
    return text;
  }
  function selections(type, depth) {
    const parts = [];
    const count = 1 + random(4);
    for (let i = 0; i < count; i += 1) parts.push(selection(type, depth));
    return '{ ' + parts.join(pick([' ', ', ', '\n '])) + ' }';
  }
  function related(type) {
    if (chance(wildness)) return pick(Object.values(schema.getTypeMap()).filter((t) => !t.name.startsWith('__')));
    const all = Object.values(schema.getTypeMap()).filter((t) => graphql.isCompositeType(t) && !t.name.startsWith('__') && graphql.doTypesOverlap(schema, type, t));
    return pick(all);
  }
  function selection(type, depth) {
    if (chance(12)) {
      const on = related(type);
      const below = graphql.isCompositeType(on) ? on : type;
      if (chance(50)) return `...${chance(80) ? ` on ${on.name}` : ''}${directives()} ${selections(chance(80) ? below : type, depth + 1)}`.replace('... on', '... on');
      return `...${fragment(on, depth)}${directives()}`;
    }
    if (graphql.isUnionType(type) || chance(5)) return chance(30) ? 't: __typename' : '__typename';
    const fields = Object.values(type.getFields());
    const leaves = fields.filter((f) => graphql.isLeafType(graphql.getNamedType(f.type)));
    const field = pick(depth > 4 && leaves.length > 0 ? leaves : fields);
    const alias = chance(12) ? `${pick(['x', 'y', 'z', field.name])}: ` : '';
    const name = chance(wildness) ? pick(['nope', 'name', 'id', '__schema', 'int']) : field.name;
    const named = graphql.getNamedType(field.type);
    let below = '';
    if (graphql.isCompositeType(named)) below = depth > 7 ? ' { __typename }' : ' ' + selections(named, depth + 1);
    if (chance(wildness)) below = pick(['', ' { __typename }']);
    return `${alias}${name}${args(field.args)}${directives()}${below}`;
  }
  function fragment(on, depth) {
    if (fragments.length > 0 && chance(40)) {
      const known = pick(fragments);
      if (chance(wildness) || known.on === on.name) return known.name;
    }
    const name = chance(wildness) ? 'F0' : `F${fragments.length}`;
    const entry = { name, on: on.name, text: '' };
    fragments.push(entry);
    const type = graphql.isCompositeType(on) ? on : schema.getQueryType();
    entry.text = `fragment ${name} on ${on.name} ${selections(type, depth + 1)}`;
    return chance(wildness) ? 'Missing' : name;
  }
  return function next() {
    wildness = chance(50) ? 0 : pick([1, 3, 8]);
    values = {};
    fragments = [];
    const operations = [];
    const count = chance(90) ? 1 : 2;
    for (let i = 0; i < count; i += 1) {
      variables = [];
      const roots = [['query', schema.getQueryType()]];
      if (schema.getMutationType()) roots.push(['mutation', schema.getMutationType()]);
      const [kind, root] = chance(90) ? roots[0] : pick(roots);
      const body = selections(root, 0);
      const named = count > 1 || chance(50) ? ` Op${chance(wildness) ? 0 : i}` : '';
      const head = variables.length > 0 ? `(${variables.join(', ')})` : '';
      operations.push(kind === 'query' && named === '' && head === '' && chance(70) ? body : `${kind}${named}${head} ${body}`);
    }
    let query = operations.concat(fragments.map((f) => f.text)).join(pick(['\n', '\r\n', ' ', '\r']));
    if (chance(25)) query = mutateWith(tools, query);
    const request = { query, variables: values };
    if (count > 1) request.operation = pick(['Op0', 'Op1', 'Nope']);
    return request;
  };
};
