#if GRPC
import Foundation
import MartletCore
import SwiftProtobuf

extension Message {
    /// The message that a description in Triton's JSON stands for, so that HTTP and gRPC say the same.
    ///
    /// Members that the message does not have are left out. - Throws: where a member is of another kind than the message has it.
    init(describing json: JSONValue) throws {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        try self.init(jsonUTF8Bytes: Data(json.canonicalText.utf8), options: options)
    }
}
#endif
