export type Libc = 'glibc' | 'musl';
/** Whether the dynamic loader of each libc is where its ABI puts it. */
export type DynamicLoaders = Record<Libc, boolean>;
/** The parts of Node's process report that tell the libc. Other runtimes leave some of them out. */
export interface ProcessReport {
    header?: {
        glibcVersionRuntime?: string;
    };
    sharedObjects?: string[];
}
/** Paths of the dynamic loaders. */
export declare const loaderPaths: (arch: string) => Record<Libc, string>;
/**
 * Both libcs, the one of this process first. A system may have both loaders: Debian with its package `musl`, Alpine with
 * `gcompat`. Only then, or without either, the report is asked, because making it takes milliseconds.
 */
export declare function libcOrder(loaders: DynamicLoaders, report: () => ProcessReport): [Libc, Libc];
/** As people write it: `glibc 2.36`. */
export declare const libcName: (libc: Libc, { header }: ProcessReport) => string;
