/** What is used of the client and its engine. */
export interface Client {
  connect(url: string): Promise<unknown>
  use(where: { namespace: string; database: string }): Promise<unknown>
  /** The results of the text's statements, one each. */
  query<T extends unknown[]>(text: string, parameters?: Record<string, unknown>): Promise<T>
  close(): Promise<unknown>
}
export interface Sdk {
  Surreal: new (options: { engines: unknown }) => Client
}
export interface Engine {
  createNodeEngines(): unknown
}
