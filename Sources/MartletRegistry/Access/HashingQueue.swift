import Dispatch
import MartletCore
import Synchronization

/// Does what takes a tenth of a second and much memory, the hashes of passwords, one after the other.
final class HashingQueue: Sendable {
    /// The most passwords that wait to be hashed, or are.
    static let placeCountMax = 32
    /// Of these the most from the addresses of one group, so that nobody without a password keeps others from signing in.
    static let addressPlaceCountMax = 4

    /// How many wait; none is kept at zero.
    private let places = Mutex<[AddressGroup: Int]>([:])
    private let queue = DispatchQueue(label: "martlet.passwords")

    /// - Parameter address: who wants it; empty for the command line.
    /// - Throws: `overloaded`, and what the body throws.
    func run<Value: Sendable>(for address: String, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try enter(address)
        defer { leave(address) }
        return try await withCheckedThrowingContinuation { done in
            queue.async { done.resume(with: Result { try body() }) }
        }
    }

    /// Takes a place; each is to be left. - Throws: `overloaded`.
    func enter(_ address: String) throws {
        let group = AddressGroup(address)
        let limit: Int? = places.withLock { places in
            guard places.values.reduce(0, +) < Self.placeCountMax else { return Self.placeCountMax }
            guard places[group, default: 0] < Self.addressPlaceCountMax else { return Self.addressPlaceCountMax }
            places[group, default: 0] += 1
            return nil
        }
        guard let limit else { return }
        let place = limit == Self.addressPlaceCountMax ? " from this address" : ""
        throw MartletError(.overloaded, "\(limit) sign-ins\(place) wait, which is the limit; try again", retryAfterSeconds: 1)
    }

    func leave(_ address: String) {
        let group = AddressGroup(address)
        places.withLock { places in
            guard let count = places[group], count > 1 else { return places[group] = nil }
            places[group] = count - 1
        }
    }
}
