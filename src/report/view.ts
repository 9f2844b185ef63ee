/** What a renderer may know about where its text goes; the caller asks the terminal, never the renderer. */
export interface View {
  /** Characters in a line. Output that is not for a terminal gets a fixed number, usually 80. */
  readonly columns: number;
  readonly colour: boolean;
  /** False where only ASCII is safe: git hooks' output, old consoles, a C locale. */
  readonly unicode: boolean;
  /** The instant that ages are counted from. */
  readonly now: Date;
}
