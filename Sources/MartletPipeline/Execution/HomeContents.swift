package import MartletCore
package import MartletStore

/// The contents of a home: blobs, and the files and folders that commands made.
package struct HomeContents: StepContents {
    package let trees: TreeStore
    package let blobs: BlobStore

    package init(home: Home) {
        trees = TreeStore(home: home)
        blobs = BlobStore(home: home)
    }

    package func contains(_ digest: Digest) -> Bool {
        // What cannot be read is as good as gone: the step that made it makes it again.
        guard (try? trees.contains(digest)) ?? false else { return false }
        // That it keeps a step fresh is a use too.
        trees.noteUse(of: digest)
        return true
    }

    package func json(_ digest: Digest) throws -> JSONValue {
        try JSONValue(
            parsing: blobs.contains(digest) ? [UInt8](try blobs.read(digest)) : try trees.bytes(of: digest),
            as: "the content \(digest.short)")
    }

    package func keep(_ value: JSONValue) throws -> Digest { try blobs.put(Array(value.canonicalText.utf8)) }
}
