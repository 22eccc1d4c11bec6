package import MartletCore

/// A place that several machines reach and that keeps files by name. An object is there whole, or not at all.
///
/// All calls are safe from any task.
/// - Throws: `unavailable` where the place cannot be reached, `storage` where it refuses; messages name the place and no secret.
package protocol ObjectPlace: Sendable {
    /// An object in messages.
    func address(of name: String) -> String
    /// Asks once whether the place is there and lets in who asks.
    func check() async throws
    /// The size of an object in bytes; `nil` where there is none.
    func size(of name: String) async throws -> Int?
    /// Keeps a file that does not change, with its digest. Durable on return.
    func put(_ name: String, file path: String, sizeBytes: Int, digest: Digest) async throws
    /// The bytes of an object that has this size, which is not 0; `nil` where it is not there.
    func read(_ name: String, sizeBytes: Int) async throws -> (any ContentStream)?
    /// Ends what is under way; the owner calls it once nobody uses the place any more.
    func close() async throws
}
