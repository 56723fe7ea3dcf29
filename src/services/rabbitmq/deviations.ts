/** Where a test broker differs from the official image, one line each. */
export function deviations(driver: string): readonly string[] {
  if (driver === 'external') return ['all workers share its virtual host: nothing in it is taken back'];
  if (driver === 'docker') return ['one virtual host for all: nothing in it is taken back'];
  return [
    'data lie in memory and go with the broker',
    'the node listens to AMQP only: no clustering, and `rabbitmqctl` does not reach it',
  ];
}
