import MartletCore
import MartletStore
import MartletTesting
import NIOHTTP1
import Testing

@testable import MartletS3

struct S3ContentTests {
    @Test func `content is an object named by its digest, and is sent once`() async throws {
        try await S3Place.with { place in
            let digest = try await place.put(Array("hello".utf8))
            try await place.put(Array("hello".utf8))
            #expect(try place.bucket.state().keys == ["pre/fix/\(digest.hex.prefix(2))/\(digest.hex)"])
            #expect(try place.requests == ["HEAD", "PUT", "HEAD"])
            #expect(try await place.read(digest, 0..<5, of: 5) == Array("hello".utf8))
        }
    }

    @Test func `content without bytes is kept`() async throws {
        try await S3Place.with { place in
            let digest = try await place.put([])
            #expect(try await place.content.list(after: nil).map(\.digest) == [digest])
        }
    }

    @Test(arguments: [1, S3Place.partSizeBytes])
    func `large content goes in parts`(rest: Int) async throws {
        try await S3Place.with { place in
            let bytes = S3Place.bytes(2 * S3Place.partSizeBytes + rest)
            let digest = try await place.put(bytes)
            let parts = Array(repeating: "PUT?partNumber&uploadId", count: 3)
            #expect(try place.requests == ["HEAD", "POST?uploads"] + parts + ["POST?uploadId"])
            #expect(try place.bucket.state().uploadCount == 0)
            #expect(try await place.read(digest, 0..<bytes.count, of: bytes.count) == bytes)
        }
    }

    @Test func `what fits goes whole`() async throws {
        try await S3Place.with { place in
            try await place.put(S3Place.bytes(2 * S3Place.partSizeBytes))
            #expect(try place.requests == ["HEAD", "PUT"])
        }
    }

    @Test func `an upload that fails leaves no parts behind`() async throws {
        try await S3Place.with { place in
            try place.bucket.fail("PUT", .busy, count: 4)
            await #expect(throws: MartletError.self) { try await place.put(S3Place.bytes(3 * S3Place.partSizeBytes)) }
            #expect(try place.bucket.state().uploadCount == 0)
            #expect(try place.bucket.state().keys.isEmpty)
            #expect(try place.requests.last == "DELETE?uploadId")
        }
    }

    @Test func `a part that fails on the way is sent again`() async throws {
        try await S3Place.with { place in
            try place.bucket.fail("PUT", .hangUp)
            let bytes = S3Place.bytes(3 * S3Place.partSizeBytes)
            let digest = try await place.put(bytes)
            #expect(try await place.read(digest, 0..<bytes.count, of: bytes.count) == bytes)
            #expect(place.pauses.list.count == 1)
        }
    }

    @Test func `what changes on its way is refused`() async throws {
        try await S3Place.with { place in
            let content = try place.upload(Array("hello".utf8))
            // The tests' server compares the body with the digest that was signed for it, as S3 does.
            let wrong = S3Request(
                method: .PUT, key: "x", headers: [S3Upload.checksum(Digest(of: "hullo"))],
                payload: .file(path: content.path, 0..<5, Digest(of: "hullo")))
            await #expect(throws: S3Fault(status: 400, code: "XAmzContentSHA256Mismatch", region: nil)) {
                try await place.content.client.answer(wrong)
            }
            #expect(try place.bucket.state().keys.isEmpty)
        }
    }

    @Test(arguments: [0..<1, 3..<7, 99_999..<100_000, 0..<100_000])
    func `a range is read and nothing else is sent`(range: Range<Int>) async throws {
        try await S3Place.with { place in
            let bytes = S3Place.bytes(100_000)
            let digest = try await place.put(bytes)
            #expect(try await place.read(digest, range, of: bytes.count) == Array(bytes[range]))
        }
    }

    @Test func `a download that is cut off goes on where it was`() async throws {
        try await S3Place.with { place in
            let bytes = S3Place.bytes(150_000)
            let digest = try await place.put(bytes)
            try place.bucket.fail("GET", .cut, count: 2)
            #expect(try await place.read(digest, 1..<150_000, of: bytes.count) == Array(bytes[1...]))
            #expect(try place.requests.suffix(3) == ["GET", "GET", "GET"])
        }
    }

    @Test func `content that is gone is an error that names it`() async throws {
        try await S3Place.with { place in
            let digest = Digest(of: "never put")
            let error = await #expect(throws: MartletError.self) { try await place.read(digest, 0..<5, of: 5) }
            #expect(error?.code == .storage)
            #expect(error?.message.contains("s3://\(place.bucket.name)/pre/fix/\(digest.hex.prefix(2))/\(digest.hex)' refused") == false)
            #expect(error?.message.contains("404 NoSuchKey") == true)
        }
    }

    @Test func `content of another size than expected is an error`() async throws {
        try await S3Place.with { place in
            let digest = try await place.put(Array("hello".utf8))
            let error = await #expect(throws: MartletError.self) { try await place.read(digest, 0..<6, of: 6) }
            #expect(error?.message.contains("expected 6 bytes") == true)
        }
    }

    @Test func `a list is in order, in pages, and passes over what is not content`() async throws {
        try await S3Place.with { place in
            var digests: [Digest] = []
            for number in 0..<5 { digests.append(try await place.put(Array("\(number)".utf8))) }
            _ = try await place.content.claim(for: "me")
            let all = try await place.content.list(after: nil)
            #expect(all.map(\.digest) == digests.sorted())
            #expect(all.allSatisfy { $0.sizeBytes == 1 })
            #expect(try await place.content.list(after: digests.sorted()[2]).map(\.digest) == Array(digests.sorted()[3...]))
            #expect(try await place.content.list(after: digests.max()).isEmpty)
        }
    }

    @Test func `content is removed`() async throws {
        try await S3Place.with { place in
            let digest = try await place.put(Array("hello".utf8))
            #expect(try await place.content.remove(digest, before: .now))
            #expect(try place.bucket.state().keys.isEmpty)
        }
    }

    @Test func `the bucket remembers who claimed it`() async throws {
        try await S3Place.with { place in
            let nobody = try await place.content.owner()
            #expect(nobody == nil)
            #expect(try await place.content.claim(for: "0123") == "0123")
            #expect(try await place.content.claim(for: "4567") == "0123")
            #expect(try await place.content.owner() == "0123")
        }
    }

    @Test func `a claim whose answer is lost is known to have succeeded`() async throws {
        try await S3Place.with { place in
            try place.bucket.fail("PUT", .cut)
            #expect(try await place.content.claim(for: "0123") == "0123")
        }
    }

    @Test func `a download that stands still is asked for anew`() async throws {
        try await S3Place.with(limits: { $0.pieceTimeout = .seconds(2) }) { place in
            let bytes = S3Place.bytes(150_000)
            let digest = try await place.put(bytes)
            try place.bucket.fail("GET", .stall)
            #expect(try await place.read(digest, 1..<150_000, of: bytes.count) == Array(bytes[1...]))
            #expect(try place.requests.suffix(2) == ["GET", "GET"])
        }
    }

    @Test func `an upload that S3 forgot is an error that says so`() async throws {
        try await S3Place.with { place in
            try place.bucket.fail("POST", .forget, count: 2)
            let error = await #expect(throws: MartletError.self) { try await place.put(S3Place.bytes(3 * S3Place.partSizeBytes)) }
            #expect(error?.message.contains("with 404 NoSuchUpload; write it again") == true, "\(String(describing: error))")
        }
    }
}
