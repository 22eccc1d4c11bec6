import Glibc
import MartletCore
import MartletStore

/// A process that begins a command, outlives it, and sees to it that nothing of it outlives this program.
///
/// It inherits the command's orphans, also daemons, so that they can be found. It writes the command's exit status to a file of its own
/// accord, so that it is known even if this program ends in the same moment. Once the pipe breaks that only this program writes to, it kills
/// all that is there.
final class CommandGuard {
    /// What the guard tells.
    enum Word: Equatable {
        /// The command ended with a status, as a shell has it: 128 and the signal where one ended it. The guard itself had so much memory,
        /// and has ended where nothing else is left.
        case ended(Int32, ownPeakBytes: Int, isAlone: Bool)
        /// The command could not begin in its folder, with its limits.
        case fault(Int32)
        /// The guard itself is no more.
        case gone
    }

    let pid: Int32
    /// What the command says on both its streams; it does not block.
    let output: OwnedDescriptor
    /// What the guard says; it does not block.
    let words: OwnedDescriptor
    /// What the guard reads; it breaks with this program.
    var lifeline: OwnedDescriptor?
    private var unread: [UInt8] = []
    private var hasEnded = false

    /// The command has begun, or may have, and was cut off.
    struct CutOff: Error {
        let reason: any Error
        /// What breaks when it has ended; `nil` for one that has.
        let words: OwnedDescriptor?

        /// Waits until nothing of it is left; who began it holds no end of its pipes any more.
        func wait() {
            var byte: UInt8 = 0
            while let words {
                let count = read(words.number, &byte, 1)
                if count == 0 || count < 0 && errno != EINTR { return }
            }
        }
    }

    /// Starts a command. - Throws: `storage`; `CutOff`.
    init(_ command: StepCommand, environment: [String: String], group: String?) throws {
        let (said, told, life) = (try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe(), try OwnedDescriptor.pipe())
        let nothing = try OwnedDescriptor.opening("/dev/null", O_RDONLY)
        do {
            pid = try GuardedCommand(
                paths: command.programPaths, words: command.words, environment: environment, folder: command.folder,
                exitFile: command.files.exit, group: group, limits: command.limits.kernelLimits
            ).start(GuardedCommand.Descriptors(input: nothing, output: said.writing, lifeline: life.reading, words: told.writing))
        } catch let error as GuardedCommand.UnansweredStart {
            throw CutOff(reason: error, words: told.reading)
        }
        (output, words, lifeline) = (said.reading, told.reading, life.writing)
        output.stopBlocking()
        words.stopBlocking()
    }

    deinit { if !hasEnded { _ = end() } }

    /// What the guard told since the last call.
    func heard() -> [Word] {
        var (piece, isOver) = ([UInt8](repeating: 0, count: 256), false)
        while true {
            let count = piece.withUnsafeMutableBytes { read(words.number, $0.baseAddress, $0.count) }
            if count > 0 { unread += piece[..<count] }
            isOver = count == 0
            if count <= 0, count == 0 || errno != EINTR { break }
        }
        var heard: [Word] = []
        while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
            heard += Self.word(unread[..<end]).map { [$0] } ?? []
            unread.removeFirst(end + 1)
        }
        return isOver ? heard + [.gone] : heard
    }

    private static func word(_ line: ArraySlice<UInt8>) -> Word? {
        let parts = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard parts.count > 1, let number = Int32(parts[1]) else { return nil }
        if parts[0] == "fault" { return .fault(number) }
        guard parts.count == 4, let peak = Int(parts[2]) else { return nil }
        return .ended(number, ownPeakBytes: peak << 10, isAlone: parts[3] == "1")
    }

    /// Ends the guard, and with it what is left; called once.
    /// - Parameter waits: whether the guard ends them and waits for them, which it cannot for what the kernel does not end.
    /// - Returns: what it and all that it or they waited for used.
    func end(waits: Bool = true) -> rusage {
        hasEnded = true
        if waits { lifeline = nil } else { kill(pid, SIGKILL) }
        var (status, usage): (Int32, _) = (0, rusage())
        while wait4(pid, &status, 0, &usage) == -1, errno == EINTR {}
        return usage
    }
}
