package import MartletCore

extension CacheInventory {
    /// What one of those who refer to content has of it.
    package struct Share: Sendable, Equatable {
        /// How many contents.
        package var contentCount = 0
        /// What they are large together; equal parts count each time.
        package var sizeBytes = 0
        /// What the files take that they need, each once.
        package var storedBytes = 0
        /// What of that nobody else needs.
        package var ownBytes = 0

        package init() {}
    }

    /// How many files hold all content.
    package var fileCount: Int { files.count }

    /// What each has, by name. - Parameter names: to whom a content belongs; each at least once.
    package func shares(by names: (Content) -> [String]) -> [String: Share] {
        var shares: [String: Share] = [:]
        var owners: [StoredFile: Set<String>] = [:]
        for content in contents {
            let names = Set(names(content))
            for name in names {
                shares[name, default: Share()].contentCount += 1
                shares[name, default: Share()].sizeBytes += content.sizeBytes
            }
            for file in content.files { owners[file, default: []].formUnion(names) }
        }
        for (file, names) in owners {
            let size = files[file]?.sizeBytes ?? 0
            for name in names { shares[name]?.storedBytes += size }
            if names.count == 1, let only = names.first { shares[only]?.ownBytes += size }
        }
        return shares
    }

    /// What nobody refers to of the content that is kept in parts, and was not used since a time. Whole blobs are left to
    /// `ArtifactStore.collect`, which must leave the parts to this.
    package func unreferencedParts(before limit: Timestamp) -> CacheRemoval {
        let kept = contents.filter { content in !content.referrers.isEmpty || !content.files.contains(where: \.isList) }
        return CachePolicy(unusedMax: .zero, kept: Set(kept.map(\.digest)), youth: .zero).plan(self, now: limit)
    }
}
