import Foundation
import MartletCore
import Testing

struct DigestTests {
    /// FIPS 180-4's examples, as NIST publishes them.
    private static let vectors: [(text: String, hex: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: vectors)
    func `the examples of FIPS 180-4 come out`(_ text: String, _ hex: String) {
        #expect(Digest(of: text).hex == hex)
    }

    @Test func `pieces have the digest of the whole`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = DigestHasher()
        for piece in [0..<1, 1..<64, 64..<64, 64..<1_000] { hasher.update(Array(bytes[piece])) }
        #expect(hasher.finish() == Digest(of: bytes))
    }

    @Test(arguments: [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
    func `a file has the digest of its bytes, whatever the pieces it is read in`(_ count: Int) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("digest-\(UUID().uuidString)").path
        // What cannot be removed is left to the system's own cleaning.
        defer { try? FileManager.default.removeItem(atPath: path) }
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(try Digest(ofFile: path) == Digest(of: bytes))
    }

    @Test func `a file that is not there is not found`() throws {
        let error = try #require(throws: MartletError.self) { try Digest(ofFile: "/no/such/file") }
        #expect(error.code == .notFound)
        #expect(error.message.contains("'/no/such/file'"))
    }

    @Test func `a folder has no digest`() throws {
        let error = try #require(throws: MartletError.self) { try Digest(ofFile: "/") }
        #expect(error.code == .storage)
    }

    @Test func `text is read with and without its prefix`() throws {
        let digest = Digest(of: "abc")
        #expect(Digest(digest.hex) == digest && Digest(digest.description) == digest)
        #expect(digest.short == "ba7816bf8f01")
        #expect(try JSONDecoder().decode([Digest].self, from: JSONEncoder().encode([digest])) == [digest])
    }

    @Test(arguments: [
        "", "sha256:", "sha1:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0",
        "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        " ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "../../../../../../../../../../../../../../../../../../../etc/passwd",
    ])
    func `other text is refused`(_ text: String) {
        #expect(Digest(text) == nil)
    }

    @Test func `JSON with another text is corrupt`() throws {
        let error = try #require(throws: MartletError.self) {
            try JSONDecoder().decode([Digest].self, from: Data(#"["latest"]"#.utf8))
        }
        #expect(error.code == .corrupt)
        #expect(error.message.contains("'latest'"))
    }

    @Test func `equal JSON has equal digests, in whatever order its keys came`() throws {
        let one = try JSONValue(parsing: #"{"a": 1, "b": [2.0]}"#, as: "one")
        let other = try JSONValue(parsing: #"{"b":[2],"a":1}"#, as: "other")
        #expect(Digest(of: one) == Digest(of: other))
        #expect(Digest(of: one) != Digest(of: ["a": 1, "b": [2, 0]] as JSONValue))
    }
}
