import Foundation
import MartletCore
import Testing

@testable import MartletStore

@Suite struct TreeStoreLookingTests {
    @Test func `a content is a file or a folder of its size, or is not there`() throws {
        let place = try TreePlace()
        let large = randomBytes(TreeStore.wholeBytesMax + 5, seed: 1)
        try place.write("small", to: "parts/small")
        try place.write(large, to: "parts/large")
        let folder = try place.store.put(folder: place.file("parts"))
        let file = try place.store.put(file: place.file("parts/large"))
        let small = try place.store.put(file: place.file("parts/small"))
        #expect(try place.store.content(folder.digest) == folder)
        #expect(try place.store.content(file.digest) == file)
        #expect(try place.store.content(small.digest) == small)
        #expect(try place.store.content(Digest(of: "of nobody")) == nil)
        #expect(try place.store.beginning(of: file.digest, countMax: 8) == Array(large.prefix(8)))
        #expect(try place.store.beginning(of: small.digest, countMax: 8) == Array("small".utf8))
    }

    @Test func `a content that lost a part is not there`() throws {
        let place = try TreePlace()
        try place.write(randomBytes(TreeStore.wholeBytesMax + 5, seed: 2), to: "large")
        let file = try place.store.put(file: place.file("large"))
        for blob in try place.blobs() { try FileManager.default.removeItem(atPath: BlobStore(home: place.home).path(of: blob)) }
        #expect(try place.store.content(file.digest) == nil)
    }
}
