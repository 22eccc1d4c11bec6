import Glibc
import MartletCore

/// The paths below a folder in the order of their bytes: files, links, and folders that hold nothing.
struct FolderListing: Sendable {
    /// Folders in folders; deeper ones are taken for a mistake.
    static let depthMax = 200

    enum Kind: UInt8, Sendable { case file, link, emptyFolder }

    struct Item: Sendable {
        let kind: Kind
        /// Where the path is in `bytes`; a zero byte stands behind it. That of a folder ends with a slash.
        let start: Int
        let count: Int
    }

    private(set) var bytes: [UInt8] = []
    private(set) var items: [Item] = []

    /// Lists a folder by all processors.
    /// - Parameters:
    ///   - descriptor: the open folder.
    ///   - name: how messages call it.
    /// - Throws: `storage` where something cannot be listed, `invalidInput` for pipes, sockets and devices.
    init(_ descriptor: Int32, name: String) throws {
        var folders = [ListedFolder(path: [], parent: nil)]
        var level = 0..<1
        var depth = 0
        while !level.isEmpty {
            let listed = folders
            let found = try ParallelRanges.map(level.count, size: 8) { [start = level.lowerBound] number in
                try FolderReading(descriptor, name: name, listed[start + number])
            }
            for (index, reading) in zip(level, found) {
                folders[index].take(reading, firstFolder: folders.count)
                folders += reading.folders.map { ListedFolder(path: $0, parent: reading.rules) }
            }
            level = level.upperBound..<folders.count
            depth += 1
            guard depth <= Self.depthMax || level.isEmpty else { throw Self.tooDeep(name, folders[level.lowerBound].path) }
        }
        append(folders)
    }

    /// Puts the folders' names in one order, by a stack, as folders may be deep.
    private mutating func append(_ folders: [ListedFolder]) {
        var stack = [(folder: 0, next: 0)]
        while let top = stack.last {
            let folder = folders[top.folder]
            guard top.next < folder.children.count else {
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            let child = folder.children[top.next]
            switch child.kind {
            case .folder(let number) where !folders[number].children.isEmpty: stack.append((number, 0))
            case .folder(let number): append(.emptyFolder, folders[number].path, [])
            case .file: append(.file, folder.path, folder.names[child.name])
            case .link: append(.link, folder.path, folder.names[child.name])
            }
        }
    }

    private mutating func append(_ kind: Kind, _ folder: [UInt8], _ name: ArraySlice<UInt8>) {
        items.append(Item(kind: kind, start: bytes.count, count: folder.count + name.count))
        bytes += folder
        bytes += name
        bytes.append(0)
    }

    private static func tooDeep(_ name: String, _ path: [UInt8]) -> MartletError {
        MartletError(
            .limitExceeded,
            "'\(name)': expected at most \(depthMax) folders in one another, found "
                + "'\(String(decoding: path.prefix(80), as: UTF8.self))…'; leave it out in '\(IgnoreRules.fileName)'")
    }
}

/// A folder of a listing, with its names once it was read.
private struct ListedFolder: Sendable {
    struct Child: Sendable {
        enum Kind: Sendable { case file, link, folder(Int) }

        let name: Range<Int>
        let kind: Kind
    }

    /// From the listed folder on, with a slash at its end; empty for that itself.
    let path: [UInt8]
    /// What the folders above leave out.
    let parent: IgnoreRules?
    private(set) var names: [UInt8] = []
    private(set) var children: [Child] = []

    init(path: [UInt8], parent: IgnoreRules?) {
        self.path = path
        self.parent = parent
    }

    mutating func take(_ reading: FolderReading, firstFolder: Int) {
        names = reading.names
        var number = firstFolder
        children = reading.children.map { child in
            switch child.kind {
            case .folder:
                number += 1
                return Child(name: child.name, kind: .folder(number - 1))
            case .file: return Child(name: child.name, kind: .file)
            case .link: return Child(name: child.name, kind: .link)
            }
        }
    }
}

/// What one folder holds, in order.
private struct FolderReading: Sendable {
    enum Kind: Sendable { case file, link, folder }

    struct Child: Sendable {
        let name: Range<Int>
        let kind: Kind
    }

    let rules: IgnoreRules
    private(set) var names: [UInt8] = []
    private(set) var children: [Child] = []
    /// The paths of the folders in it, in order.
    private(set) var folders: [[UInt8]] = []

    init(_ root: Int32, name: String, _ folder: ListedFolder) throws {
        let shown = { (path: [UInt8]) in name + "/" + String(decoding: path, as: UTF8.self) }
        let path = ((folder.path.isEmpty ? [0x2E] : folder.path) + [0]).map { CChar(bitPattern: $0) }
        let descriptor = retrying { openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw MartletError.io("open the folder", shown(folder.path), errno: errno) }
        guard let stream = fdopendir(descriptor) else {
            let reason = errno
            close(descriptor)
            throw MartletError.io("list", shown(folder.path), errno: reason)
        }
        defer { closedir(stream) }
        rules = try Self.rules(in: descriptor, folder)
        var line = folder.path
        errno = 0
        while let entry = readdir(stream) {
            try take(entry, descriptor, folder.path.count, &line, shown)
            errno = 0
        }
        guard errno == 0 else { throw MartletError.io("list", shown(folder.path), errno: errno) }
        sort()
        folders = children.filter { $0.kind == .folder }.map { folder.path + names[$0.name] + [0x2F] }
    }

    private static func rules(in descriptor: Int32, _ folder: ListedFolder) throws -> IgnoreRules {
        var rules = folder.parent ?? IgnoreRules()
        let file: SteadyFile
        do {
            file = try SteadyFile(in: descriptor, IgnoreRules.fileName)
        } catch let error as MartletError where error.code == .notFound {
            return rules
        }
        guard file.stamp.sizeBytes <= IgnoreRules.sizeBytesMax else {
            throw MartletError(
                .limitExceeded,
                "'\(String(decoding: folder.path, as: UTF8.self))\(IgnoreRules.fileName)': expected at most "
                    + "\(IgnoreRules.sizeBytesMax) bytes, found \(file.stamp.sizeBytes); write fewer patterns")
        }
        try rules.add(try file.file.read(at: 0, countMax: IgnoreRules.sizeBytesMax), folder: folder.path)
        return rules
    }

    /// - Parameter line: the folder's path, which the name is put behind.
    private mutating func take(
        _ entry: UnsafeMutablePointer<dirent>, _ descriptor: Int32, _ prefixCount: Int, _ line: inout [UInt8], _ shown: ([UInt8]) -> String
    ) throws {
        let name = UnsafeRawPointer(entry).advanced(by: dirent.nameOffset).assumingMemoryBound(to: UInt8.self)
        let count = strlen(UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        let bytes = UnsafeBufferPointer(start: name, count: count)
        if bytes[0] == 0x2E, count == 1 || (count == 2 && bytes[1] == 0x2E) { return }
        line.removeSubrange(prefixCount...)
        line += bytes
        let mode = try dirent.mode(entry.pointee.d_type) ?? Self.mode(of: name, descriptor, line, shown)
        guard !rules.leavesOut(line[...], name: line[prefixCount...], isFolder: mode == S_IFDIR) else { return }
        let start = names.count
        names += bytes
        switch mode {
        case S_IFREG: children.append(Child(name: start..<names.count, kind: .file))
        case S_IFLNK: children.append(Child(name: start..<names.count, kind: .link))
        case S_IFDIR: children.append(Child(name: start..<names.count, kind: .folder))
        default: throw MartletError.notRegular(shown(line), mode)
        }
    }

    /// Asks where the file system does not tell kinds with names.
    private static func mode(of name: UnsafePointer<UInt8>, _ descriptor: Int32, _ path: [UInt8], _ shown: ([UInt8]) -> String) throws
        -> mode_t
    {
        var status = stat()
        let name = UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self)
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            throw MartletError.io("look at", shown(path), errno: errno)
        }
        return status.st_mode & S_IFMT
    }

    /// In the order of the paths below: a folder's name counts with the slash behind it.
    private mutating func sort() {
        names.withUnsafeBufferPointer { names in
            children.sort { left, right in
                let common = min(left.name.count, right.name.count)
                guard let base = names.baseAddress else { return false }
                let order = memcmp(base + left.name.lowerBound, base + right.name.lowerBound, common)
                if order != 0 { return order < 0 }
                return Self.byte(left, at: common, names) < Self.byte(right, at: common, names)
            }
        }
    }

    private static func byte(_ child: Child, at index: Int, _ names: UnsafeBufferPointer<UInt8>) -> Int {
        if index < child.name.count { return Int(names[child.name.lowerBound + index]) }
        return child.kind == .folder ? 0x2F : -1
    }
}

extension dirent {
    fileprivate static let nameOffset: Int = {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { preconditionFailure("a C structure has offsets") }
        return offset
    }()

    /// The file type bits that a kind of `readdir` means; `nil` where the file system does not say.
    fileprivate static func mode(_ kind: UInt8) -> mode_t? { kind == 0 ? nil : mode_t(kind) << 12 }
}
