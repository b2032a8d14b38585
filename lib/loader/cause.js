"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.causeOf = causeOf;
/**
 * The first problem of an addon that exists. `other libc` is skipped for targets, because both libcs are always tried; for
 * a file named by the variable every problem counts.
 */
function causeOf(attempts, disabling) {
    const conclusive = attempts.find(isConclusive);
    if (conclusive)
        return causeOfOne(conclusive, disabling);
    const [first] = attempts.flatMap(({ target, problem }) => (target && problem.kind === 'absent' ? [target] : []));
    return first ? { reason: 'package missing', target: first } : { reason: 'unsupported platform' };
}
const isConclusive = ({ target, problem }) => !target || (problem.kind !== 'absent' && problem.kind !== 'other libc');
function causeOfOne(attempt, disabling) {
    const { target, problem } = attempt;
    switch (problem.kind) {
        case 'version':
            return target ? { reason: 'wrong version', target, found: problem.found } : { reason: 'other', attempt };
        case 'disabled':
            return { reason: disabledBy(disabling) };
        case 'glibc':
            return { reason: 'old glibc', attempt, needed: problem.needed };
        case 'library':
            return { reason: 'missing library', attempt, needed: problem.needed };
        case 'processor':
            return { reason: 'old processor', lacking: [] };
        case 'file missing':
            return { reason: 'file missing', attempt };
        case 'broken':
            return { reason: 'broken file', attempt };
        case 'access':
            return { reason: 'access denied', attempt };
        case 'other libc':
            return { reason: 'other libc', attempt };
        case 'absent':
            return { reason: 'no such file', attempt };
        case 'name':
            return { reason: 'wrong name', attempt };
        case 'other':
            return { reason: 'other', attempt };
    }
}
/** Node gives the same error for both. */
const disabledBy = ({ switches, hasPermissionModel }) => hasPermissionModel && !switches.includes('--no-addons') ? 'permission' : 'no addons';
