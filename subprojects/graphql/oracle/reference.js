// SPDX-License-Identifier: MIT
'use strict';

// What the reference implementation says, and both sides' answers in a form that can be compared. What
// is left out here stands in the README's table of differences.

const graphql = require('graphql');
const { validateSDL } = require('graphql/validation/validate');

const every = { maxErrors: 1e9 };
const ruleName = (rule) => rule.name.replace(/Rule$/, '');

exports.ruleNames = graphql.specifiedRules.map(ruleName);

// {stage, errors} or {stage: 'execute', response}.
exports.answer = async function answer(schema, request) {
  let document;
  try {
    document = graphql.parse(request.query);
  } catch (error) {
    return { stage: 'parse', errors: [error] };
  }
  const errors = graphql.specifiedRules.flatMap((rule) => graphql.validate(schema, document, [rule], every)
    .map(({ message, locations }) => ({ rule: ruleName(rule), message, locations })));
  if (errors.length > 0) return { stage: 'validate', errors };
  const result = await graphql.execute({ schema, document, rootValue: request.root, variableValues: request.variables, operationName: request.operation });
  return { stage: 'execute', response: JSON.parse(JSON.stringify(result)) };
};

// {schema} or {errors}.
exports.build = function build(sdl) {
  try {
    const document = graphql.parse(sdl);
    let errors = validateSDL(document);
    if (errors.length > 0) return { errors };
    const schema = graphql.buildASTSchema(document, { assumeValidSDL: true });
    errors = graphql.validateSchema(schema);
    return errors.length > 0 ? { errors } : { schema };
  } catch (error) {
    return { errors: [error] };
  }
};

// Suggestions are the reference's own; the rest of the text is compared.
function plain(message) {
  return message.replace(/ Did you mean .*\?$/s, '').replace(/ Did you mean the .*$/s, '');
}

const places = (error) => (error.locations ?? []).map((at) => `${at.line}:${at.column}`).join(' ');
const line = (error) => `${error.rule ?? ''} [${places(error)}] ${plain(error.message)}`;

// @oneOf came after October 2021; the order of types is left open.
function normalised(response) {
  const copy = JSON.parse(JSON.stringify(response), (key, value) =>
    Array.isArray(value) ? value.filter((item) => item?.name !== 'isOneOf' && item?.name !== 'oneOf') : value);
  const schema = copy.data?.__schema;
  schema?.types?.sort((a, b) => (a.name < b.name ? -1 : 1));
  schema?.directives?.sort((a, b) => (a.name < b.name ? -1 : 1));
  return copy;
}

function executionText(response) {
  const errors = (response.errors ?? [])
    .map((e) => `${plain(e.message)} [${places(e)}] ${JSON.stringify(e.path ?? [])}`).sort();
  // A schema without such a root refuses before it executes.
  const refused = errors.length === 1 && errors[0].startsWith('Schema is not configured');
  return JSON.stringify({ data: refused ? undefined : response.data, errors }, null, 1);
}

// An answer of either side as text: equal texts are equal answers.
exports.answerText = function answerText(answer) {
  if (answer.stage === 'execute') return executionText(normalised(answer.response));
  let errors = answer.errors;
  // Which of two equally named arguments counts when fields are compared is left open.
  if (errors.some((e) => e.rule === 'UniqueArgumentNames')) {
    errors = errors.filter((e) => e.rule !== 'OverlappingFieldsCanBeMerged');
  }
  // Type definitions in a request are refused as such; what else is wrong in them is not looked at.
  const foreign = errors.filter((e) => e.rule === 'ExecutableDefinitions');
  return (foreign.length > 0 ? foreign : errors).map(line).sort().join('\n');
};

// A null condition refuses the whole request, also where no value is reached.
exports.isNullCondition = function isNullCondition(ours, request) {
  const message = /^Argument "if" of non-null type "Boolean!" must not be null/;
  return Object.values(request.variables ?? {}).includes(null) &&
    (ours.response?.errors ?? []).some((e) => message.test(e.message));
};

// Where this library is stricter with schemas, all of it by the specification.
const stricter = [
  /^A schema document cannot contain operations/, /^There can be only one type named "(Int|Float|String|Boolean|ID)"/, /default value .* does not fit/,
  /^Directive "@\w+" must not refer to itself/, /^All root types must be different/, /^Argument "\w+" (has invalid value|of non-null type)/,
];
exports.isStricter = (ours) => (ours.errors ?? []).some((e) => stricter.some((one) => one.test(e.message)));

// Of errors in a schema the messages: places are the one to change here, all that take part there.
exports.schemaErrorText = (errors) => errors.map((e) => plain(e.message)).sort().join('\n');
