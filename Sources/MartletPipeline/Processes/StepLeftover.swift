import Glibc
import MartletCore
import MartletStore

/// What is found of an attempt whose runner is no more.
package enum StepLeftover: Sendable, Equatable {
    /// Processes of it run; they are about to be killed, as their runner is gone.
    case running
    /// The command ended with a status while its runner lived, or in the moment of its end: what it made is whole. As a shell has it: 128
    /// and the signal where one ended it.
    case ended(status: Int32)
    /// It was cut off, or never began; or the machine went down since, so that what it wrote may be lost.
    case unknown

    /// Looks into an attempt's folder.
    package init(in folder: String) {
        let files = AttemptFiles(folder: folder)
        guard let mark = AttemptMark.Found(files), mark.boot == AttemptMark.boot else {
            self = .unknown
            return
        }
        // A guard that ends meanwhile has put the status down before.
        let first = Self(ended: files)
        self = first != .unknown ? first : mark.isRunning ? .running : Self(ended: files)
    }

    /// By the files alone. What was being stopped may have ended with 0 all the same.
    private init(ended files: AttemptFiles) {
        let status = Directory.kind(of: files.stopped) == nil ? Self.status(files.exit) : nil
        self = status.map { .ended(status: $0) } ?? .unknown
    }

    /// How long is waited before looking again whether processes that were killed are gone.
    private static let lookInterval = Duration.milliseconds(5)

    /// Looks into an attempt's folder, and ends what runs of it: its guard does so by itself in a moment, unless it was killed too. Only for
    /// who knows that the runner is no more.
    /// - Parameter limit: after so long it is given up, and `running` is the answer.
    package static func ended(in folder: String, atMost limit: Duration = .seconds(5)) async -> StepLeftover {
        let deadline = ContinuousClock.now + limit
        while true {
            let mark = AttemptMark.Found(AttemptFiles(folder: folder))
            guard let mark, mark.boot == AttemptMark.boot else { return .unknown }
            guard mark.isRunning, ContinuousClock.now < deadline else { return StepLeftover(in: folder) }
            let leftover = StepLeftover(in: folder)
            mark.kill()
            do { try await Task.sleep(for: lookInterval) } catch { return leftover }  // who asked does not want to know any more
        }
    }

    /// A status counts once its line is whole.
    private static func status(_ path: String) -> Int32? {
        guard let bytes = ProcessFiles.bytes(path), bytes.last == UInt8(ascii: "\n") else { return nil }
        return Int32(String(decoding: bytes.dropLast(), as: UTF8.self))
    }
}

/// By what the processes of an attempt are known again.
struct AttemptMark {
    /// The variable that all of them have.
    static let variable = "MARTLET_MARK"

    /// Which start of the machine this is.
    static let boot = ProcessFiles.bytes("/proc/sys/kernel/random/boot_id").map {
        String(decoding: $0.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private let name = SecretBytes.random(8).reduce(into: "") { $0 += String($1 >> 4, radix: 16) + String($1 & 15, radix: 16) }

    var marker: [UInt8] { Array("\(Self.variable)=\(name)".utf8) }

    func variables(_ files: AttemptFiles) -> [String: String] { [Self.variable: name, "MARTLET_PROGRESS": files.progress] }

    /// Notes what the attempt's processes are. - Throws: `storage`.
    func write(pid: Int32, to files: AttemptFiles) throws {
        let json: JSONValue = [
            "pid": .integer(Int64(pid)), "start": .integer(Int64(clamping: ProcessFiles.status(pid)?.startTicks ?? 0)),
            "boot": .string(Self.boot ?? ""), "attempt": .string(name),
        ]
        try AttemptNote.write(Array(json.canonicalText.utf8), to: files.process)
    }

    /// What was noted.
    struct Found {
        let boot: String
        private let pid: Int32
        private let startTicks: Int64
        private let marker: [UInt8]

        /// `nil` where nothing whole was noted: the runner was gone before.
        init?(_ files: AttemptFiles) {
            // A file that was cut off says nothing.
            guard let bytes = ProcessFiles.bytes(files.process), let json = try? JSONValue(parsing: bytes, as: "an attempt's mark"),
                let pid = json["pid"]?.int.flatMap({ Int32(exactly: $0) }), let start = json["start"]?.int,
                let boot = json["boot"]?.string, let name = json["attempt"]?.string
            else { return nil }
            (self.pid, startTicks, self.boot, marker) = (pid, start, boot, Array("\(AttemptMark.variable)=\(name)".utf8))
        }

        /// Whether the guard or any other of the processes is there.
        var isRunning: Bool { isGuardRunning || !ProcessTree.marked(marker).isEmpty }

        private var isGuardRunning: Bool {
            guard let status = ProcessFiles.status(pid) else { return false }
            return !status.isZombie && Int64(clamping: status.startTicks) == startTicks
        }

        /// Kills all that run; the guard last, to which the children of the others come.
        func kill() {
            let isGuarded = isGuardRunning
            // It must not take the end that is made here for one of the command's own.
            if isGuarded { Glibc.kill(pid, SIGSTOP) }
            let tree = isGuarded ? ProcessTree(root: pid, marker: marker).living : []
            let others = Set(tree + ProcessTree.marked(marker)).subtracting([pid])
            for other in others { Glibc.kill(other, SIGKILL) }
            if isGuarded, others.isEmpty { Glibc.kill(pid, SIGKILL) }
        }
    }
}
