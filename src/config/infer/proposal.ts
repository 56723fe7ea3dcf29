/** A migration that the project’s files suggest. */
export interface Proposal {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** When it is one whose inputs are known. */
  readonly tool: 'alembic' | 'prisma' | undefined;
  readonly origin: string;
  /** Variables that the tool's own files take the URL from. */
  readonly urlVariables: readonly string[];
}
