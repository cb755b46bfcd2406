import type { OpenApiOperation, OpenApiParameter, OpenApiPath } from '../openapi/index.js';
import type { JsonSchema } from '../protocol/index.js';
import { arrayOf, count, failureClass, object, ref, state, text } from './answer-schemas.js';
import { submitSchema } from './new-task.js';

const { algorithm, payload } = submitSchema.properties;

const answer = (description: string, schema: JsonSchema, type = 'application/json') => ({
  description,
  content: { [type]: { schema } },
});
const problem = (description: string) => answer(description, ref('Problem'), 'application/problem+json');
const inPath = (name: string, description: string): OpenApiParameter => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: text,
});
const inQuery = (name: string, description: string, schema: JsonSchema): OpenApiParameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const inHeader = (name: string, description: string): OpenApiParameter => ({
  name,
  in: 'header',
  description,
  schema: text,
});
const jsonBody = (schema: JsonSchema, required: boolean) => ({
  required,
  content: { 'application/json': { schema } },
});
const events = answer(
  'Events `state`, `progress`, `log`, `chunk`, and `end` with the task; ids are for Last-Event-ID',
  text,
  'text/event-stream',
);

const algoAnswer = object({
  result: {},
  error: object({ message: text, error_type: text, stacktrace: text }, ['message', 'error_type']),
  metadata: object({ duration: { type: 'number', description: 'Seconds' }, content_type: text }),
});

const taskId = inPath('id', 'Id of the task');
const filters = [
  inQuery('algorithm', 'Only of this algorithm', text),
  inQuery('state', 'Only in this state', state),
  inQuery('class', 'Only whose error has this class', failureClass),
];

function operation(
  tag: 'tasks' | 'yard',
  operationId: string,
  rest: Omit<OpenApiOperation, 'tags' | 'operationId'>,
) {
  return { operationId, tags: [tag], ...rest };
}

/** The operations of the gateway beside the algorithms' own. */
export const gatewayPaths: Record<string, OpenApiPath> = {
  '/tasks': {
    post: operation('tasks', 'submitTask', {
      summary: 'Hand a task in, or an array of up to 1000',
      parameters: [inHeader('Idempotency-Key', 'Takes the place of `idempotencyKey`')],
      requestBody: jsonBody(
        { anyOf: [ref('NewTask'), { ...arrayOf(ref('NewTask')), maxItems: 1000 }] },
        true,
      ),
      responses: {
        '200': answer('The first task that was submitted with this idempotency key', ref('Task')),
        '202': answer('Accepted and durable; for an array, each place a task or a problem', {
          anyOf: [ref('TaskSummary'), arrayOf({ anyOf: [ref('TaskSummary'), ref('Problem')] })],
        }),
        '400': problem('A field is wrong; `errors` names it'),
        '409': problem('The idempotency key was used for another task'),
        '503': problem('The queue does not take work now; try again after `Retry-After`'),
      },
    }),
    get: operation('tasks', 'listTasks', {
      summary: 'Tasks, newest first',
      parameters: [
        ...filters,
        inQuery('limit', 'Tasks on a page', { type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
        inQuery('after', '`next` of the page before', text),
      ],
      responses: {
        '200': answer('A page', object({ tasks: arrayOf(ref('TaskSummary')), next: text }, ['tasks'])),
      },
    }),
  },
  '/tasks/{id}': {
    get: operation('tasks', 'getTask', {
      summary: 'One task with payload, attempts and result',
      parameters: [
        taskId,
        inQuery('wait', 'Milliseconds to wait for its end', { type: 'integer', minimum: 0, maximum: 60_000 }),
      ],
      responses: { '200': answer('The task', ref('Task')), '404': problem('There is no such task') },
    }),
  },
  '/tasks/{id}/events': {
    get: operation('tasks', 'followTask', {
      summary: 'Its story from the start to the end, as server-sent events',
      parameters: [
        taskId,
        inHeader('Last-Event-ID', 'Only what came after'),
        inQuery('after', 'The same', count),
      ],
      responses: {
        '200': events,
        '204': { description: 'All was told already' },
        '404': problem('No such task'),
      },
    }),
  },
  '/tasks/{id}/cancel': {
    post: operation('tasks', 'cancelTask', {
      summary: 'Cancel it, waiting or running',
      parameters: [taskId],
      responses: {
        '200': answer('It is cancelled', ref('TaskSummary')),
        '202': answer('It runs and has been asked to stop', ref('TaskSummary')),
        '404': problem('There is no such task'),
        '409': problem('It has ended already'),
      },
    }),
  },
  '/tasks/{id}/redrive': {
    post: operation('tasks', 'redriveTask', {
      summary: 'Send a dead or cancelled task on its way again',
      parameters: [taskId],
      requestBody: jsonBody(object({ payload }), false),
      responses: {
        '202': answer('The task, waiting', ref('Task')),
        '404': problem('There is no such task'),
        '409': problem('It is neither dead nor cancelled'),
      },
    }),
  },
  '/tasks/redrive': {
    post: operation('tasks', 'redriveTasks', {
      summary: 'Send all tasks that fit on their way again',
      requestBody: jsonBody(
        object({
          algorithm,
          class: failureClass,
          state: { type: 'string', enum: ['dead', 'cancelled'], default: 'dead' },
        }),
        false,
      ),
      responses: { '200': answer('How many there were', object({ redriven: count }, ['redriven'])) },
    }),
  },
  '/algorithms': {
    get: operation('yard', 'listAlgorithms', {
      summary: 'What can be run, with its schemas and runners',
      responses: { '200': answer('By name', arrayOf(ref('Algorithm'))) },
    }),
  },
  '/algorithms/{name}': {
    get: operation('yard', 'getAlgorithm', {
      parameters: [inPath('name', 'Name of the algorithm, with its owner if it has one')],
      responses: {
        '200': answer('The algorithm', ref('Algorithm')),
        '422': problem('There is no such algorithm'),
      },
    }),
  },
  '/v1/algo/{user}/{name}': {
    post: operation('yard', 'callAlgorithm', {
      summary: 'Run an algorithm as clients of Algorithmia’s API do',
      parameters: [
        inPath('user', 'Owner of the algorithm; any word for one that has none'),
        inPath('name', 'Its name; a version behind it is passed over'),
        inQuery('timeout', 'Time limit in seconds', { type: 'number', exclusiveMinimum: 0 }),
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: true },
          'text/plain': { schema: text },
          'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
        },
      },
      responses: {
        '200': answer('Its result, or the error it raised', algoAnswer),
        '422': answer('There is no such algorithm, or it does not take this input', algoAnswer),
      },
    }),
  },
  '/schemas': {
    get: operation('yard', 'getSchemas', {
      summary: 'Schemas of all inputs, by algorithm',
      responses: { '200': answer('JSON Schemas by name', { type: 'object' }) },
    }),
  },
  '/queues': {
    get: operation('yard', 'getQueues', {
      summary: 'How much waits, by algorithm',
      responses: { '200': answer('Depths', arrayOf(ref('Queue'))) },
    }),
  },
  '/health': {
    get: operation('yard', 'getHealth', {
      summary: 'Whether the gateway can serve',
      responses: { '200': answer('It can', ref('Health')), '503': answer('It cannot', ref('Health')) },
    }),
  },
  '/live': {
    get: operation('yard', 'getLive', {
      summary: 'Whether the process answers at all',
      responses: { '200': answer('It does', { type: 'object' }) },
    }),
  },
  '/metrics': {
    get: operation('yard', 'getMetrics', {
      responses: { '200': answer('Figures for Prometheus', text, 'text/plain') },
    }),
  },
};
