//! A queue service compatible with SQS (standard queues, AWS JSON 1.0 protocol) for the local stack.
