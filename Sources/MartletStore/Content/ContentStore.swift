package import MartletCore

/// Where the bytes of artifacts are, each kept once under its digest. Ships a conformance kit in `MartletTesting`.
///
/// All calls are safe from any task. Who deletes makes sure that nothing refers to what goes.
/// - Throws: what the storage behind it throws; messages name the place and no secret.
package protocol ContentStore: Sendable {
    /// Names the place in messages and in the database that refers to it: `home`, or `s3://bucket/prefix`.
    var address: String { get }
    /// Whether the place remembers who claimed it.
    var isClaimed: Bool { get }
    /// Who claimed the place; `nil` where nobody did. Asks once, so that it is also the check that the place can be reached.
    func owner() async throws -> String?
    /// Writes down who refers to the content here, durably, unless somebody was faster. - Returns: who is written down by then.
    func claim(for owner: String) async throws -> String
    /// Keeps content, unless it is there already. Durable on return; the upload's file may be taken away.
    func put(_ content: UploadedContent) async throws
    /// Opens content; `nil` where it is known not to be there.
    func open(_ digest: Digest, sizeBytes: Int) async throws -> OpenContent?
    /// Some of what is there, in the order of digests; nothing behind the last.
    func list(after digest: Digest?) async throws -> [StoredContent]
    /// Removes content that was not put since a time, as far as the place can tell. - Returns: whether it is gone by that.
    func remove(_ digest: Digest, before limit: Timestamp) async throws -> Bool
    /// Ends what is under way; the owner calls it once nobody uses the place any more.
    func close() async throws
}

/// Content as it lies in its place.
package struct StoredContent: Sendable, Equatable {
    package let digest: Digest
    package let sizeBytes: Int
    /// When it was last put.
    package let putAt: Timestamp

    /// Makes one.
    package init(digest: Digest, sizeBytes: Int, putAt: Timestamp) {
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.putAt = putAt
    }
}

/// Content that can be read.
package enum OpenContent: Sendable {
    /// On this machine; what becomes of it in its place does not change it.
    case file(HeldFile)
    /// Elsewhere.
    case remote(any RemoteContent)
}

/// An open file, closed with the last who holds this.
package final class HeldFile: Sendable {
    package let file: OpenFile

    /// Takes a file over.
    package init(_ file: consuming OpenFile) { self.file = file }
}

/// Content that another machine has.
package protocol RemoteContent: Sendable {
    /// Asks for a range, which must hold something and lie within the content, and returns once it is on its way.
    /// - Throws: `storage` where the content is not there or the place refuses, `unavailable` where it cannot be reached.
    func read(_ range: Range<Int>) async throws -> any ContentStream
}

/// Bytes on their way. One task reads at a time; what holds this keeps them coming.
package protocol ContentStream: Sendable {
    /// The next bytes, never none; `nil` behind the last, and only there.
    func next() async throws -> [UInt8]?
}
