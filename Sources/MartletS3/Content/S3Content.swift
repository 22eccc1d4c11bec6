package import MartletCore
package import MartletStore
import NIOCore
import NIOHTTP1

/// Content of artifacts in a bucket: an object each, named by its digest below the prefix, beside one that says whose they are.
package struct S3Content: ContentStore {
    /// The object that names the database.
    private static let ownerName = "martlet-owner"

    let client: S3Client
    private var configuration: S3Configuration { client.configuration }

    /// Asks for nothing yet. The owner calls `close()`.
    /// - Parameter sleep: waits before another try.
    package init(
        _ configuration: S3Configuration, clock: @escaping @Sendable () -> Timestamp = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        client = S3Client(configuration, clock: clock, sleep: sleep)
    }

    package var address: String { configuration.address.description }
    package var isClaimed: Bool { true }

    package func close() async throws { try await client.close() }

    package func owner() async throws -> String? {
        try await client.found(S3Request(method: .GET, key: configuration.address.key(Self.ownerName))).map { answer in
            let text = String(decoding: answer.body, as: UTF8.self)
            return String(text.prefix { $0 != "\n" })
        }
    }

    package func claim(for owner: String) async throws -> String {
        let bytes = Array("\(owner)\n".utf8)
        let request = S3Request(
            method: .PUT, key: configuration.address.key(Self.ownerName),
            headers: [S3Upload.checksum(Digest(of: bytes)), ("if-none-match", "*")], payload: .bytes(bytes))
        do {
            _ = try await client.answer(request)
        } catch let fault as S3Fault {
            guard fault.isFailedCondition else { throw client.error(fault, of: request) }
        }
        // Looked at in either case: a try whose answer was lost may have succeeded, and some servers pass over the condition.
        guard let found = try await self.owner() else {
            throw MartletError(.storage, "S3 at \(configuration.endpoint) lost '\(request.key)' as it was written; start again")
        }
        return found
    }

    package func put(_ content: UploadedContent) async throws {
        let key = configuration.address.key(of: content.digest)
        guard try await client.size(of: key) != content.sizeBytes else { return }
        // Its file goes with it.
        defer { withExtendedLifetime(content) {} }
        try await S3Upload(path: content.path, sizeBytes: content.sizeBytes, digest: content.digest, key: key, client).run()
    }

    package func open(_ digest: Digest, sizeBytes: Int) -> OpenContent? {
        .remote(S3Object(key: configuration.address.key(of: digest), sizeBytes: sizeBytes, client))
    }

    package func remove(_ digest: Digest, before limit: Timestamp) async throws -> Bool {
        try await client.found(S3Request(method: .DELETE, key: configuration.address.key(of: digest))) != nil
    }

    package func list(after digest: Digest?) async throws -> [StoredContent] {
        var last = digest.map { configuration.address.key(of: $0) }
        while true {
            let page = try await S3Listing.page(after: last, client)
            let found = page.objects.compactMap { object in
                configuration.address.digest(ofKey: object.key)
                    .map { StoredContent(digest: $0, sizeBytes: object.sizeBytes, putAt: object.modifiedAt) }
            }
            if !found.isEmpty || !page.isTruncated { return found }
            last = page.objects.last?.key
        }
    }
}
