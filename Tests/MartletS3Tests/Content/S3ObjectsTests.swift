import Foundation
import MartletCore
import MartletStore
import MartletTesting
import Testing

@testable import MartletS3

/// Homes that have only a bucket in common.
@Suite struct S3ObjectsTests {
    private struct Place {
        let bucket: S3Bucket
        let objects: S3Objects
        let (near, far): (Home, Home)
        let folder: String

        /// A new exchange of a home, which knows nothing of what is in the bucket.
        func exchange(_ home: Home) -> ContentExchange { ContentExchange(home, with: objects, sleep: { _ in }) }

        /// Keeps a folder with a file in a pack, one alone, and one in chunks. - Returns: its digest.
        func keepFolder() throws -> Digest {
            try FileManager.default.createDirectory(atPath: "\(folder)/data", withIntermediateDirectories: true)
            for (number, size) in [100, 200_000, 3_000_000].enumerated() {
                var random = SplitMix64(seed: UInt64(number))
                let bytes = (0..<size / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
                try Data(bytes).write(to: URL(filePath: "\(folder)/data/\(number)"))
            }
            return try TreeStore(home: near).put(folder: "\(folder)/data").digest
        }

        func name(_ what: String, _ digest: Digest) -> String { "\(what)/\(digest.hex.prefix(2))/\(digest.hex)" }

        /// What was asked of the server by a method.
        func count(_ method: String) throws -> Int { try bucket.state().requests.count { $0 == method } }
    }

    private func withPlace(user: S3Server.User = .writer, _ body: (Place) async throws -> Void) async throws {
        try await S3Server.shared().withBucket { bucket in
            try await withTemporaryFolder { folder in
                let configuration = try S3Configuration(
                    S3Address("s3://\(bucket.name)/pre/fix"), environment: bucket.server.environment(user))
                let objects = S3Objects(configuration, sleep: { _ in })
                let homes = (Home(path: "\(folder)/near"), Home(path: "\(folder)/far"))
                try homes.0.prepare()
                try homes.1.prepare()
                do {
                    try await body(Place(bucket: bucket, objects: objects, near: homes.0, far: homes.1, folder: folder))
                } catch {
                    try await objects.close()
                    throw error
                }
                try await objects.close()
            }
        }
    }

    @Test func `a folder goes from one home through the bucket into another, each object once`() async throws {
        try await withPlace { place in
            let digest = try place.keepFolder()
            try await place.objects.check()
            try await place.exchange(place.near).send([digest])
            let keys = try place.bucket.state().keys
            #expect(keys.contains("pre/fix/\(place.name("chunks", digest))"))
            #expect(keys.allSatisfy { $0.hasPrefix("pre/fix/blobs/") || $0.hasPrefix("pre/fix/chunks/") })
            #expect(try place.count("PUT") == keys.count)
            try await place.exchange(place.near).send([digest])
            #expect(try place.count("PUT") == keys.count)

            try await place.exchange(place.far).fetch([digest])
            #expect(try TreeStore(home: place.far).content(digest) == TreeStore(home: place.near).content(digest))
            try TreeStore(home: place.far).materialise(digest, at: "\(place.folder)/copy")
            #expect(FileManager.default.contentsEqual(atPath: "\(place.folder)/data", andPath: "\(place.folder)/copy"))
            let reads = try place.count("GET")
            try await place.exchange(place.far).fetch([digest])
            #expect(try place.count("GET") == reads)
        }
    }

    @Test func `sending that failed is taken up`() async throws {
        try await withPlace { place in
            let digest = try BlobStore(home: place.near).put(Array("hello".utf8))
            try place.bucket.fail("PUT", .broken, count: 4)
            await #expect(throws: MartletError.self) { try await place.exchange(place.near).send([digest]) }
            #expect(try place.bucket.state().keys.isEmpty)
            try place.bucket.fail("PUT", .hangUp)
            try await place.exchange(place.near).send([digest])
            try await place.exchange(place.far).fetch([digest])
            #expect(try BlobStore(home: place.far).read(digest) == Data("hello".utf8))
        }
    }

    @Test func `what was sent with other content is not sent again`() async throws {
        try await withPlace { place in
            let digest = try place.keepFolder()
            let file = try TreeStore(home: place.near).put(file: "\(place.folder)/data/2").digest
            try await place.exchange(place.near).send([file])
            let count = try place.count("PUT")
            #expect(count > 1)
            try await place.exchange(place.near).send([digest])
            #expect(try place.count("PUT") == place.bucket.state().keys.count)
            #expect(try place.count("PUT") > count)
        }
    }

    @Test func `a download that is cut off goes on where it was`() async throws {
        try await withPlace { place in
            let digest = try place.keepFolder()
            try await place.exchange(place.near).send([digest])
            try place.bucket.fail("GET", .cut, count: 2)
            try await place.exchange(place.far).fetch([digest])
            #expect(try TreeStore(home: place.far).content(digest) != nil)
        }
    }

    @Test func `an object that holds other bytes is refused by name`() async throws {
        try await withPlace { place in
            let digest = try BlobStore(home: place.near).put(Array("hello".utf8))
            try Data("hullo".utf8).write(to: URL(filePath: "\(place.folder)/other"))
            try await place.objects.put(
                place.name("blobs", digest), file: "\(place.folder)/other", sizeBytes: 5, digest: Digest(of: "hullo"))
            let error = await #expect(throws: MartletError.self) { try await place.exchange(place.far).fetch([digest]) }
            #expect(error?.code == .corrupt)
            let name = "s3://\(place.bucket.name)/pre/fix/\(place.name("blobs", digest))"
            #expect(error?.message.hasPrefix("'\(name)' does not hold the bytes of \(digest); remove it") == true)
            #expect(!BlobStore(home: place.far).contains(digest))
        }
    }

    @Test func `an object that is not there is missed by name`() async throws {
        try await withPlace { place in
            let error = await #expect(throws: MartletError.self) { try await place.exchange(place.far).fetch([Digest(of: "x")]) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("s3://\(place.bucket.name)/pre/fix/\(place.name("blobs", Digest(of: "x")))") == true)
            let stream = try await place.objects.read("blobs/none", sizeBytes: 1)
            #expect(stream == nil)
        }
    }

    @Test func `who may not write is told so`() async throws {
        try await withPlace(user: .reader) { place in
            let digest = try BlobStore(home: place.near).put(Array("hello".utf8))
            try await place.objects.check()
            let error = await #expect(throws: MartletError.self) { try await place.exchange(place.near).send([digest]) }
            #expect(error?.message.contains("403") == true)
        }
    }

    // MARK: A bucket that cannot be used

    private func failure(_ address: String, _ change: [String: String]) async throws -> MartletError? {
        let environment = try await S3Server.shared().environment().merging(change) { $1 }
        let objects = S3Objects(try S3Configuration(S3Address(address), environment: environment), sleep: { _ in })
        let error = await #expect(throws: MartletError.self) { try await objects.check() }
        try await objects.close()
        return error
    }

    @Test func `a bucket that is not there is named with its endpoint and what to do`() async throws {
        let server = try await S3Server.shared()
        let error = try await failure("s3://no-such-bucket", [:])
        #expect(
            error?.message
                == "S3 at http://127.0.0.1:\(server.port) refused GET 's3://no-such-bucket' with 404 NoSuchBucket; make the bucket, or "
                + "name another")
    }

    @Test func `an endpoint where nobody listens is named with the bucket and what to do`() async throws {
        let error = try await failure("s3://bucket/pre", ["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"])
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix("cannot reach S3 at http://127.0.0.1:1 for GET 's3://bucket': ") == true)
        #expect(error?.message.hasSuffix("; check that it runs, and AWS_ENDPOINT_URL_S3") == true)
    }

    @Test func `credentials stay out of what is said`() async throws {
        let error = try await failure("s3://bucket", ["AWS_SECRET_ACCESS_KEY": "not-the-secret-of-anybody"])
        #expect(error?.message.contains("check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") == true, "\(String(describing: error))")
        #expect(error?.message.contains("not-the-secret") == false)
    }
}
