/** Imports a package of this folder, as it is resolved from here. What it exports is typed by who asks for it. */
export async function load<T>(name: string): Promise<T> {
  return (await import(name)) as T
}
