import MartletCore
import MartletStore
import MartletTesting
import Synchronization

@testable import MartletS3

/// Content in a bucket of its own, and what the tests' server sees of it.
struct S3Place {
    static let partSizeBytes = 100_000

    let bucket: S3Bucket
    let content: S3Content
    let folder: String
    /// How long was waited before further tries.
    let pauses: Pauses

    /// - Parameter change: of what is in the environment.
    static func with(
        user: S3Server.User = .writer, _ change: [String: String] = [:], clock: @escaping @Sendable () -> Timestamp = { .now },
        limits: (inout S3Configuration.Limits) -> Void = { _ in }, _ body: (S3Place) async throws -> Void
    ) async throws {
        try await S3Server.shared().withBucket { bucket in
            let environment = bucket.server.environment(user).merging(change) { $1 }
            var configuration = try S3Configuration(S3Address("s3://\(bucket.name)/pre/fix"), environment: environment)
            configuration.limits.wholeSizeMaxBytes = 2 * partSizeBytes
            configuration.limits.partSizeMinBytes = partSizeBytes
            limits(&configuration.limits)
            let pauses = Pauses()
            let content = S3Content(configuration, clock: clock) { pauses.add($0) }
            do {
                try await withTemporaryFolder { folder in
                    try await body(S3Place(bucket: bucket, content: content, folder: folder, pauses: pauses))
                }
            } catch {
                try await content.close()
                throw error
            }
            try await content.close()
        }
    }

    static func bytes(_ count: Int, seed: Int = 0) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 / 7) &* 31 &+ seed) } }

    func upload(_ bytes: [UInt8]) throws -> UploadedContent {
        let upload = try ArtifactUpload(in: folder)
        try bytes.withUnsafeBytes { try upload.write($0) }
        return try upload.finish()
    }

    @discardableResult
    func put(_ bytes: [UInt8]) async throws -> Digest {
        let content = try upload(bytes)
        try await self.content.put(content)
        return content.digest
    }

    func read(_ digest: Digest, _ range: Range<Int>, of sizeBytes: Int) async throws -> [UInt8] {
        guard case .remote(let object) = content.open(digest, sizeBytes: sizeBytes) else { return [] }
        let stream = try await object.read(range)
        var bytes: [UInt8] = []
        while let piece = try await stream.next() { bytes += piece }
        return bytes
    }

    /// What was asked of the server.
    var requests: [String] { get throws { try bucket.state().requests } }

    /// Collects pauses instead of sleeping.
    final class Pauses: Sendable {
        private let all = Mutex<[Duration]>([])

        var list: [Duration] { all.withLock { $0 } }

        func add(_ pause: Duration) { all.withLock { $0.append(pause) } }
    }
}
