import Glibc
import MartletCore

/// Keeps who finds content that is there already and who removes content apart.
///
/// Finding makes content young, removing spares what is young. Without the lock somebody might find content between the look of the one
/// who removes it and the removal. Each is held for a moment only.
struct ContentLock: Sendable {
    private let path: String

    init(home: Home) { path = "\(home.locksPath)/contents" }

    /// Calls while nobody removes. Many may do so at once.
    func whileFinding<Value>(_ body: () throws -> Value) throws -> Value { try hold(LOCK_SH, body) }

    /// Calls while nobody else finds or removes.
    func whileRemoving<Value>(_ body: () throws -> Value) throws -> Value { try hold(LOCK_EX, body) }

    private func hold<Value>(_ mode: Int32, _ body: () throws -> Value) throws -> Value {
        // An open file each: locks of one open file would be one lock. Closing it lets go.
        let file = try OpenFile(path, O_RDWR | O_CREAT)
        guard retrying({ flock(file.descriptor, mode) }) == 0 else { throw MartletError.io("lock", path, errno: errno) }
        return try body()
    }
}
