import MartletCore

/// What is left out of a folder: names that are never data, and what its files `.martletignore` say.
///
/// A `.martletignore` is a subset of `.gitignore`: a pattern a line; empty lines and those that begin with `#` say nothing; `!` takes
/// back what earlier lines leave out; a `/` at the end means folders only; one elsewhere ties the pattern to the folder of the file,
/// without it the pattern holds at any depth below; `*` and `?` stand for characters but `/`, `**` between slashes for any folders.
/// The last pattern that fits decides, deeper files after those above; what lies in a folder that is left out cannot be taken back.
/// `[…]` and `\` are refused rather than read otherwise than git reads them. Files above the tracked folder have no say, so that a
/// folder's digest does not depend on where it lies.
struct IgnoreRules: Sendable {
    /// The file of patterns; itself no data.
    static let fileName = ".martletignore"
    /// What is never data: the state of other programs.
    static let names: Set<String> = [".git", ".martlet", "__pycache__", fileName]
    /// Bytes of one file of patterns.
    static let sizeBytesMax = 1 << 16

    private static let fixedNames = names.map { Array($0.utf8) }
    private var patterns: [Pattern] = []

    /// Adds the patterns of a folder's file.
    /// - Parameters:
    ///   - text: the file's content.
    ///   - folder: the path of the folder from the tracked one on, with a slash at its end; empty for that itself.
    /// - Throws: `invalidInput` for what is not supported.
    mutating func add(_ text: [UInt8], folder: [UInt8]) throws {
        for line in text.split(separator: 0x0A) {
            if let pattern = try Pattern(line, folder: folder) { patterns.append(pattern) }
        }
    }

    /// Whether something is left out.
    /// - Parameters:
    ///   - path: from the tracked folder on.
    ///   - name: its last part.
    func leavesOut(_ path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
        // Quick for the many names that can be none of these.
        if name.first == 0x2E || name.first == 0x5F, Self.fixedNames.contains(where: { $0.elementsEqual(name) }) { return true }
        guard !patterns.isEmpty else { return false }
        return patterns.last { $0.fits(path, isFolder: isFolder) }.map { !$0.takesBack } ?? false
    }
}

/// One line of a `.martletignore`.
private struct Pattern: Sendable {
    let takesBack: Bool
    let isFolderOnly: Bool
    let folder: [UInt8]
    /// The parts between slashes; the first is `**` where the pattern holds at any depth.
    let parts: [[UInt8]]

    private static let anyFolders = Array("**".utf8)

    init?(_ line: ArraySlice<UInt8>, folder: [UInt8]) throws {
        var rest = line
        while let last = rest.last, last == 0x20 || last == 0x0D || last == 0x09 { rest = rest.dropLast() }
        guard let first = rest.first, first != 0x23 else { return nil }
        takesBack = first == 0x21
        if takesBack { rest = rest.dropFirst() }
        guard !rest.contains(where: { $0 == 0x5B || $0 == 0x5C }) else {
            throw MartletError(
                .invalidInput,
                "'\(String(decoding: folder, as: UTF8.self))\(IgnoreRules.fileName)': expected '*', '?' and '**' as the only wildcards, "
                    + "found '\(String(decoding: line.prefix(80), as: UTF8.self))'; write the pattern without '[' and '\\'")
        }
        isFolderOnly = rest.last == 0x2F
        if isFolderOnly { rest = rest.dropLast() }
        let isTied = rest.contains(0x2F)
        let parts = rest.split(separator: 0x2F).map(Array.init)
        guard !parts.isEmpty else { return nil }
        self.parts = isTied ? parts : [Self.anyFolders] + parts
        self.folder = folder
    }

    func fits(_ path: ArraySlice<UInt8>, isFolder: Bool) -> Bool {
        guard isFolder || !isFolderOnly, path.starts(with: folder) else { return false }
        let names = path.dropFirst(folder.count).split(separator: 0x2F)
        return Self.fits(parts[...], names[...])
    }

    private static func fits(_ parts: ArraySlice<[UInt8]>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        guard let part = parts.first else { return names.isEmpty }
        if part == anyFolders {
            // At the end, `**` stands for all that is inside.
            if parts.count == 1 { return !names.isEmpty }
            return names.indices.contains { fits(parts.dropFirst(), names[$0...]) }
        }
        guard let name = names.first, fits(part[...], name) else { return false }
        return fits(parts.dropFirst(), names.dropFirst())
    }

    /// Matches a name in time proportional to both lengths' product, however many stars there are.
    private static func fits(_ part: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (at, position) = (part.startIndex, name.startIndex)
        var retry: (part: Int, name: Int)?
        while position < name.endIndex {
            if at < part.endIndex, part[at] == 0x2A {
                retry = (at + 1, position)
                at += 1
            } else if at < part.endIndex, part[at] == 0x3F || part[at] == name[position] {
                (at, position) = (at + 1, position + 1)
            } else if let star = retry {
                retry = (star.part, star.name + 1)
                (at, position) = (star.part, star.name + 1)
            } else {
                return false
            }
        }
        return part[at...].allSatisfy { $0 == 0x2A }
    }
}
