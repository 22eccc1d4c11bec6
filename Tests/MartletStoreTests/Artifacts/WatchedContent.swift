import MartletCore
import MartletStore

/// A place's content, where something else happens just then.
struct WatchedContent: ContentStore {
    private let content: any ContentStore
    var willClaim: @Sendable () async throws -> Void = {}
    var didPut: @Sendable () async throws -> Void = {}
    var didRemove: @Sendable () async throws -> Void = {}

    init(_ place: ArtifactPlace) { self.init(place.content) }

    init(_ content: any ContentStore) { self.content = content }

    var address: String { content.address }
    var isClaimed: Bool { content.isClaimed }

    func owner() async throws -> String? { try await content.owner() }

    func claim(for owner: String) async throws -> String {
        try await willClaim()
        return try await content.claim(for: owner)
    }

    func put(_ content: UploadedContent) async throws {
        try await self.content.put(content)
        try await didPut()
    }

    func open(_ digest: Digest, sizeBytes: Int) async throws -> OpenContent? { try await content.open(digest, sizeBytes: sizeBytes) }

    func list(after digest: Digest?) async throws -> [StoredContent] { try await content.list(after: digest) }

    func remove(_ digest: Digest, before limit: Timestamp) async throws -> Bool {
        let isGone = try await content.remove(digest, before: limit)
        try await didRemove()
        return isGone
    }

    func close() {}
}
