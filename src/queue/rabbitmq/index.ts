/** The queue in RabbitMQ, shared by processes of any number of machines. */
export { RabbitmqTaskQueue, type RabbitmqTaskQueueOptions } from './rabbitmq-task-queue.js';
