import Foundation
import MartletCore
import MartletStore

/// A log in a temporary folder.
struct LogFolder {
    let folder: TemporaryFolder
    let path: String
    var segments: SegmentFolder { SegmentFolder(path: path) }

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("log")
    }

    func writer(
        _ options: SegmentOptions = SegmentOptions(),
        openFile: @escaping @Sendable (String) throws -> any SegmentFile = { try StoredSegmentFile(path: $0) }
    ) throws -> SegmentWriter {
        try SegmentWriter(folder: path, options: options, openFile: openFile)
    }

    func records(from position: SegmentPosition? = nil) throws -> [String] {
        var records: [String] = []
        try SegmentReader.forEach(in: segments, from: position) { payload, _ in
            records.append(String(decoding: payload, as: UTF8.self))
        }
        return records
    }

    func bytes(_ segment: Int) throws -> Data { try Data(contentsOf: url(segment)) }

    func set(_ segment: Int, to bytes: Data) throws { try bytes.write(to: url(segment)) }

    private func url(_ segment: Int) -> URL { URL(fileURLWithPath: "\(path)/0000000\(segment).seg") }
}

extension SegmentWriter {
    func append(_ texts: String...) throws { try append(texts.map { Array($0.utf8) }) }
}

extension SegmentOptions {
    static func sealing(at sizeBytes: Int) -> SegmentOptions {
        var options = SegmentOptions()
        options.segmentSizeBytesMax = sizeBytes
        return options
    }
}
