import Glibc
import MartletCore

/// A command that is run as a step, and its surroundings.
package struct StepCommand: Sendable {
    /// What runs.
    package enum Program: Sendable, Equatable {
        /// A text for `sh -c`.
        case shell(String)
        /// A program, looked for in `PATH`, and its arguments; no shell reads them.
        case words([String])
    }

    /// The step's name with its instance, for messages: `clean[month=1]`.
    package var step: String
    package var program: Program
    /// The folder that it begins in.
    package var folder: String
    /// The attempt's own folder, an absolute path that is there already: its log, its exit status and what is needed to find it again are kept there.
    package var attemptFolder: String
    /// All variables that it sees; `MARTLET_MARK` and `MARTLET_PROGRESS` are added.
    package var environment: [String: String]
    /// Texts that are taken out of its log, see `SecretForms`.
    package var secrets: [String]
    package var limits: StepLimits
    /// What the log keeps.
    package var logLimits: StepLog.Limits

    package init(
        step: String, program: Program, folder: String, attemptFolder: String, environment: [String: String] = [:],
        secrets: [String] = [], limits: StepLimits = StepLimits(), logLimits: StepLog.Limits = StepLog.Limits()
    ) {
        precondition(attemptFolder.hasPrefix("/"))
        self.step = step
        self.program = program
        self.folder = folder
        self.attemptFolder = attemptFolder
        self.environment = environment
        self.secrets = secrets
        self.limits = limits
        self.logLimits = logLimits
    }

    /// The program and its arguments.
    var words: [String] {
        switch program {
        case .shell(let text): ["/bin/sh", "-c", text]
        case .words(let words): words
        }
    }

    /// Where the program may be, in the order in which a shell looks.
    var programPaths: [String] {
        guard let program = words.first else { return [] }
        if program.hasPrefix("/") { return [program] }
        if program.contains("/") { return ["\(folder)/\(program)"] }
        return (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(program)" }
    }

    /// The files of the attempt.
    var files: AttemptFiles { AttemptFiles(folder: attemptFolder) }
}

/// The files that an attempt's folder holds while its command runs and afterwards.
package struct AttemptFiles: Sendable {
    package let folder: String

    package init(folder: String) { self.folder = folder }

    /// What the attempt is, for the command: `$MARTLET_STEP`.
    var description: String { "\(folder)/step.json" }
    /// Where the command finds what it reads.
    var inputs: String { "\(folder)/inputs" }
    /// Where the command puts what it makes.
    var outputs: String { "\(folder)/outputs" }
    /// What the command said, see `StepLog`.
    package var log: String { "\(folder)/log" }
    /// What the command writes to tell how far it is, `$MARTLET_PROGRESS`.
    package var progress: String { "\(folder)/progress" }
    /// What the command used so far, see `StepUsage.init(leftIn:)`.
    var usage: String { "\(folder)/usage" }
    /// The command's exit status, written when it ended.
    var exit: String { "\(folder)/exit" }
    /// There once the command is being stopped, whatever status it ends with.
    var stopped: String { "\(folder)/stopped" }
    /// Which processes are the attempt's, see `StepLeftover`.
    var process: String { "\(folder)/process" }

    /// When a command that has ended began and ended, as the dates of its files tell; `nil` for one that has not.
    var span: AttemptSpan? {
        guard let start = Timestamp(changeOf: process), let end = Timestamp(changeOf: exit) else { return nil }
        return AttemptSpan(startedAt: start, endedAt: end)
    }
}

extension Timestamp {
    /// When a file was written to last; `nil` where there is none, or nothing in it.
    fileprivate init?(changeOf path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, !AttemptNote.saysNothing(sizeBytes: Int(status.st_size)) else { return nil }
        self.init(microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1_000)
    }
}
