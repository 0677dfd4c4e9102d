/** The queue of a team for jobs that may run on other clusters: one name on the manager and on its workers. */
export function remoteQueue(team: string): string {
  return `${team}-remote`;
}
