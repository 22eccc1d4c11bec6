#if GRPC
import MartletCore
import MartletInference
import MartletServer
import SwiftProtobuf

extension Inference_ModelInferResponse {
    /// The outputs that a request asks for, as raw contents, as Triton gives them.
    /// - Throws: `invalidInput` for an output that the model does not have, or that has no classes.
    init(_ outputs: [Tensor], of front: ModelFront, to request: InferRequest) throws {
        let response = InferResponse(
            modelName: front.served.name, modelVersion: front.versionText, outputs: outputs,
            hasIndependentRows: front.served.signature.hasIndependentRows)
        modelName = response.modelName
        modelVersion = front.versionText
        id = request.id ?? ""
        for tensor in try response.answered(request) {
            self.outputs.append(
                .with {
                    $0.name = tensor.name
                    $0.datatype = tensor.datatype.rawValue
                    $0.shape = tensor.shape.map(Int64.init)
                })
            rawOutputContents.append(try tensor.elements.rawContents())
        }
    }
}
#endif
