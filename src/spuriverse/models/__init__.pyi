from .adapters import fingerprint_model, load_adapter, write_base_model
from .answering import Variant, answer_samples, answer_variants, questions_of
from .asking import (
    ask_models,
    ask_opened,
    ask_variants,
    estimate_costs,
    plan_variants,
)
from .classifying import ClassifyingModel
from .contrastive import ContrastiveModel, load_contrastive
from .encoding import ImageMemory, InputMemory
from .features import (
    PIXELS,
    compute_features,
    join_features,
    put_features,
    takes_features,
)
from .loading import load_model
from .local import LocalModel
from .local_chat import LocalChat
from .nuisance import NuisanceProjection, fit_projection
from .opening import open_chat, open_checkpoint, open_classifying, open_here, open_remote
from .packaged import PACKAGED, save_packaged
from .patches import VisionTower, embed_patches, embed_wholes, load_vision_tower
from .presence import WordPresence, load_word_presence
from .projector import changed_images, find_projector
from .recognising import open_chances
from .recorded import LOOKED_UP_COLUMNS, answer_from_records
from .robust import Remedies, RobustModel, average_scores, load_robust_model, save_remedies
from .spec import Classes, ModelSpec, Server
from .variants import (
    blind_image,
    blind_variant,
    is_shuffle_of,
    is_variant,
    restore_order,
    shuffle_variant,
    shuffled_samples,
)

__all__ = [
    "LOOKED_UP_COLUMNS",
    "PACKAGED",
    "PIXELS",
    "Classes",
    "ClassifyingModel",
    "ContrastiveModel",
    "ImageMemory",
    "InputMemory",
    "LocalChat",
    "LocalModel",
    "ModelSpec",
    "NuisanceProjection",
    "Remedies",
    "RobustModel",
    "Server",
    "Variant",
    "VisionTower",
    "WordPresence",
    "answer_from_records",
    "answer_samples",
    "answer_variants",
    "ask_models",
    "ask_opened",
    "ask_variants",
    "average_scores",
    "blind_image",
    "blind_variant",
    "changed_images",
    "compute_features",
    "embed_patches",
    "embed_wholes",
    "estimate_costs",
    "find_projector",
    "fingerprint_model",
    "fit_projection",
    "is_shuffle_of",
    "is_variant",
    "join_features",
    "load_adapter",
    "load_contrastive",
    "load_model",
    "load_robust_model",
    "load_vision_tower",
    "load_word_presence",
    "open_chances",
    "open_chat",
    "open_checkpoint",
    "open_classifying",
    "open_here",
    "open_remote",
    "plan_variants",
    "put_features",
    "questions_of",
    "restore_order",
    "save_packaged",
    "save_remedies",
    "shuffle_variant",
    "shuffled_samples",
    "takes_features",
    "write_base_model",
]
