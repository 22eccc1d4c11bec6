import Foundation
import MartletCore
import MartletTesting
import Testing

@testable import MartletStore

struct ProjectBlobsTests {
    private let hex = String(repeating: "0a", count: 32)

    @Test func `64 hexadecimal digits are a digest, and neither less nor more`() throws {
        let digest = try #require(Digest(hex))
        for text in [hex, "sha256:\(hex)", "{\"a\":[\"sha256:\(hex)\"]}", "x\(hex)-\(hex)"] {
            #expect(Digest.mentioned(in: text.utf8) == [digest], "\(text)")
        }
        for text in ["", String(hex.dropLast()), hex + "0", hex + hex, hex.uppercased()] {
            #expect(Digest.mentioned(in: text.utf8).isEmpty, "\(text)")
        }
    }

    @Test func `what a record mentions is needed, and what JSON that it mentions does, and nothing else`() throws {
        let folder = try TemporaryFolder()
        let home = Home(path: "\(folder.path)/home")
        try home.prepare()
        let (blobs, records) = (BlobStore(home: home), try RecordStore(path: home.databasePath))
        let part = try blobs.put(Array("a part".utf8))
        let inner = try blobs.put(Array("{\"part\":\"\(part)\"}".utf8))
        let outer = try blobs.put(Array("[\"\(inner)\"]".utf8))
        let other = try blobs.put(Array("of nobody".utf8))
        let model = try blobs.put(Array("tree \(other)".utf8))
        let manifest: JSONValue = ["manifest": .string(outer.description)]
        _ = try records.register(Digest(of: manifest), name: "price", run: nil, manifest: manifest, at: .now)
        let needed = try ProjectBlobs.needed(records, blobs, also: [model])
        try records.close()
        #expect(needed.isSuperset(of: [part, inner, outer, model]))
        #expect(!needed.contains(other))
    }
}
