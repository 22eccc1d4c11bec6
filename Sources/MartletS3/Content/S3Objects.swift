package import MartletCore
package import MartletStore
import NIOHTTP1

/// Files by name in a bucket, below its prefix.
package struct S3Objects: ObjectPlace {
    private let client: S3Client
    private var address: S3Address { client.configuration.address }

    /// Asks for nothing yet. The owner calls `close()`.
    /// - Parameter sleep: waits before another try.
    package init(
        _ configuration: S3Configuration, clock: @escaping @Sendable () -> Timestamp = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        client = S3Client(configuration, clock: clock, sleep: sleep)
    }

    package func address(of name: String) -> String { "s3://\(address.bucket)/\(address.key(name))" }

    package func close() async throws { try await client.close() }

    /// Lists at most one object: only to lists a bucket that is not there answers otherwise than an object that is not.
    package func check() async throws {
        let query = [("list-type", "2"), ("max-keys", "1"), ("prefix", address.key(""))]
        _ = try await client.made(S3Request(method: .GET, key: "", query: query))
    }

    package func size(of name: String) async throws -> Int? { try await client.size(of: address.key(name)) }

    package func put(_ name: String, file path: String, sizeBytes: Int, digest: Digest) async throws {
        try await S3Upload(path: path, sizeBytes: sizeBytes, digest: digest, key: address.key(name), client).run()
    }

    package func read(_ name: String, sizeBytes: Int) async throws -> (any ContentStream)? {
        try await S3Object(key: address.key(name), sizeBytes: sizeBytes, client).found()
    }
}
