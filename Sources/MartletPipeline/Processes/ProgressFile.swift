import Glibc
import MartletStore

/// A file that a command writes while it runs; looks at it again and again.
struct ProgressFile {
    private let path: String
    private var last: (seconds: Int, nanoseconds: Int, size: Int)?

    init(_ path: String) {
        self.path = path
        // What is there from before is no sign of life.
        last = Self.state(path)
    }

    /// What is new: `nil` where it was not touched since the last call, else what it says, where it says something.
    mutating func changed() -> StepProgress?? {
        guard let state = Self.state(path), last.map({ $0 != state }) ?? true else { return nil }
        last = state
        return .some(Self.progress(path, state.size))
    }

    private static func state(_ path: String) -> (seconds: Int, nanoseconds: Int, size: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_size))
    }

    private static func progress(_ path: String, _ size: Int) -> StepProgress? {
        do {
            let sizeMax = StepProgress.sizeMaxBytes
            let bytes = try OpenFile(path, O_RDONLY).read(at: max(0, size - sizeMax), countMax: sizeMax)
            return StepProgress(String(decoding: bytes, as: UTF8.self))
        } catch {
            // It was taken away again, or is no file: it is a sign of life nevertheless.
            return nil
        }
    }
}
