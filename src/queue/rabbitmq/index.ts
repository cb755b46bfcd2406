/** The queue in RabbitMQ, shared by processes of any number of machines. */
export { BrokerLink, type BrokerLinkOptions } from './broker-link.js';
export { RabbitmqTaskQueue, type RabbitmqTaskQueueOptions } from './rabbitmq-task-queue.js';
