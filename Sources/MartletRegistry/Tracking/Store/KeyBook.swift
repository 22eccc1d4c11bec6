import MartletStore
import Synchronization

/// The numbers of keys, as far as they have been needed: keys are never deleted, so that what was read once stays right.
///
/// Only numbers that are durable come in: those that a snapshot shows, and those of a write that was acknowledged.
final class KeyBook: Sendable {
    /// The most keys that are remembered; the rest are asked for each time.
    static let countMax = 100_000

    private struct State {
        var numbers: [ExactText: Int64] = [:]
        var names: [Int64: String] = [:]
    }

    private let state = Mutex(State())

    func remember(_ keys: [(name: String, number: Int64)]) {
        guard !keys.isEmpty else { return }
        state.withLock { state in
            for key in keys where state.names.count < Self.countMax {
                state.numbers[ExactText(key.name)] = key.number
                state.names[key.number] = key.name
            }
        }
    }

    func number(of name: String) -> Int64? { state.withLock { $0.numbers[ExactText(name)] } }

    func name(of number: Int64) -> String? { state.withLock { $0.names[number] } }
}

/// The keys within one read or write.
final class KeySession {
    private let book: KeyBook
    private let connection: any SQLConnection
    /// What the book does not know yet.
    private(set) var learned: [(name: String, number: Int64)] = []

    init(_ book: KeyBook, _ connection: any SQLConnection) {
        self.book = book
        self.connection = connection
    }

    /// `nil` where no run has such a key.
    func number(of name: String) throws -> Int64? {
        if let number = book.number(of: name) { return number }
        let number = try connection.first("SELECT number FROM tracking_keys WHERE name = ?", [.text(name)]) { $0.integer(0) }
        if let number { learned.append((name, number)) }
        return number
    }

    /// The number, of a new key where there is none. Only in a write.
    func makeNumber(of name: String) throws -> Int64 {
        if let number = try number(of: name) { return number }
        let sql = "INSERT INTO tracking_keys (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING number"
        if let number = try connection.first(sql, [.text(name)], { $0.integer(0) }) {
            learned.append((name, number))
            return number
        }
        // Another process was faster.
        return try number(of: name) ?? makeNumber(of: name)
    }

    /// The names of keys, in the order of the numbers.
    func name(of number: Int64) throws -> String {
        if let name = book.name(of: number) { return name }
        let name = try connection.first("SELECT name FROM tracking_keys WHERE number = ?", [.integer(number)]) { $0.text(0) } ?? ""
        book.remember([(name, number)])
        return name
    }
}
