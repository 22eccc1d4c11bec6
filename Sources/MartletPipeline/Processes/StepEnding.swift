import Foundation
import Glibc

/// What a command's exit status means.
struct StepEnding {
    /// A shell tells of a signal by this and its number.
    private static let signalBase: Int32 = 128
    private static let signalMax: Int32 = 64

    let command: StepCommand
    /// Whether the kernel killed processes meanwhile because memory ran out; asked where that may be why it was killed.
    let isMemoryGone: () -> Bool

    /// The failure of a status; `nil` for success. - Parameter status: the shell's; `nil` where it did not live to tell.
    func failure(_ status: Int32?) -> StepFailure? {
        guard let status else { return failure(signal: SIGKILL) }
        if status == 0 { return nil }
        if let start = startFailure(status) { return start }
        if status > Self.signalBase, status <= Self.signalBase + Self.signalMax { return failure(signal: status - Self.signalBase) }
        return StepFailure(.exit, "step '\(command.step)' ended with status \(status)")
    }

    private func failure(signal: Int32) -> StepFailure {
        let (step, limits) = (command.step, command.limits)
        switch signal {
        case SIGKILL where isMemoryGone():
            let limit = limits.memoryBytes.map { "its limit is \(StepWatch.text(bytes: $0)) ('resources.memory')" }
            return StepFailure(
                .memory,
                "step '\(step)' was killed by the kernel as memory ran out; \(limit ?? "it has no limit ('resources.memory')"); raise that on a "
                    + "machine that has more, or let it use less")
        case SIGXCPU where limits.cpuSeconds != nil: return StepWatch(step: step, limits: limits).overCPU
        case SIGXFSZ where limits.fileSizeBytes != nil:
            return StepFailure(
                .size,
                "step '\(step)' wrote a file of more than \(StepWatch.text(bytes: limits.fileSizeBytes ?? 0)), its limit "
                    + "('resources.file_size'); raise that or let it write less")
        default:
            let name = strsignal(signal).map { " (\(String(cString: $0)))" } ?? ""
            return StepFailure(.signal, "step '\(step)' was ended by signal \(signal)\(name), which Martlet did not send")
        }
    }

    /// A shell says 126 or 127 of a program that cannot be begun.
    private func startFailure(_ status: Int32) -> StepFailure? {
        guard status == 126 || status == 127, case .words(let words) = command.program, let program = words.first,
            !command.programPaths.contains(where: { access($0, X_OK) == 0 })
        else { return nil }
        return StepFailure(
            .start, "step '\(command.step)' could not begin: there is no program '\(program)' in its folder or PATH; install or name it")
    }
}
