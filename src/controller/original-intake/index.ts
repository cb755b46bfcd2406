/** Takes the messages of original producers: each becomes a durable task, dead with its reason when it cannot run. */
export { MessageIntake, type MessageIntakeOptions } from './message-intake.js';
export { readBareMessage, readOriginalMessage, type MessageReading } from './message-reading.js';
