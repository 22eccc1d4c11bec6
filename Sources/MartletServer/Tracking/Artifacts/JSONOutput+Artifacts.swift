import MartletStore

/// Listings and uploads in MLflow's form.
extension JSONOutput {
    /// The files of a folder.
    /// - Parameter prefix: what stands before their names.
    /// - Parameter root: what they lie in; left out where that is not told.
    static func files(_ entries: [ArtifactEntry], prefix: String = "", root: String? = nil) -> [UInt8] {
        var output = JSONOutput(sizeBytes: entries.count * (prefix.utf8.count + 96) + 256)
        output.object { output in
            if let root { output.member("root_uri", root) }
            output.member("files", list: entries) { output, entry in
                output.object { output in
                    output.member("path", prefix + entry.name)
                    output.name("is_dir")
                    output.write(entry.isFolder)
                    // MLflow leaves out the size of an empty file, too.
                    if let size = entry.sizeBytes, size > 0 { output.member("file_size", Int64(size)) }
                }
            }
        }
        return output.finished()
    }

    /// Where the parts of an upload are to be sent. - Parameter address: of a part by its number.
    static func upload(_ id: String, partCount: Int, authorization: String?, address: (Int) -> String) -> [UInt8] {
        var output = JSONOutput(sizeBytes: partCount * 160 + 64)
        output.object { output in
            output.member("upload_id", id)
            output.member("credentials", list: Array(1...partCount)) { output, number in
                output.object {
                    $0.member("url", address(number))
                    $0.member("part_number", Int64(number))
                    if let authorization {
                        $0.name("headers")
                        $0.object { $0.member("Authorization", authorization) }
                    }
                }
            }
        }
        return output.finished()
    }
}
