import Glibc
import MartletStore

/// A file that a command writes while it runs; looks at it again and again.
struct ProgressFile {
    private let path: String
    private let redactor: SecretRedactor
    private var last: (seconds: Int, nanoseconds: Int, size: Int)?

    /// - Parameter redactor: takes secrets out of what the command says.
    init(_ path: String, _ redactor: SecretRedactor = SecretRedactor([])) {
        self.path = path
        self.redactor = redactor
        // What is there from before is no sign of life.
        last = Self.state(path)
    }

    /// What is new: `nil` where it was not touched since the last call, else what it says, where it says something.
    mutating func changed() -> StepProgress?? {
        guard let state = Self.state(path), last.map({ $0 != state }) ?? true else { return nil }
        last = state
        return .some(progress(state.size))
    }

    private static func state(_ path: String) -> (seconds: Int, nanoseconds: Int, size: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_size))
    }

    private func progress(_ size: Int) -> StepProgress? {
        do {
            return StepProgress(try text(size))
        } catch {
            // It was taken away again, or is no file: it is a sign of life nevertheless.
            return nil
        }
    }

    /// The end of the file. What comes before it is looked at too, so that a secret that is cut off there is known for one.
    private func text(_ size: Int) throws -> String {
        let start = max(0, size - StepProgress.sizeMaxBytes)
        let before = min(start, 2 * redactor.patternSizeMax)
        // What is no file, such as a pipe, must not hold up who looks.
        let bytes = try OpenFile(path, O_RDONLY | O_NONBLOCK).read(at: start - before, countMax: before + StepProgress.sizeMaxBytes)
        var redactor = redactor
        _ = redactor.add(Array(bytes.prefix(before)))
        return String(decoding: redactor.add(Array(bytes.dropFirst(before))) + redactor.finish(), as: UTF8.self)
    }
}
