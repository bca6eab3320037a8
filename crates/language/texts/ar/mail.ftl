mail-hello = مرحبًا { $name }،
mail-hello-nobody = مرحبًا،
mail-copy-link = إذا لم يعمل الزر، فانسخ هذا العنوان إلى متصفحك:
mail-footer = تصلك هذه الرسالة بسبب حساب لدى { $tenant }.
mail-help = المساعدة
mail-label-when = الوقت
mail-label-address = العنوان
mail-label-browser = المتصفح
mail-label-place = المكان
mail-not-me = لم أكن أنا
mail-not-me-why = إن لم تكن أنت، فأخبرنا هنا: ستنتهي جميع الجلسات فورًا، وسنرشدك إلى طريقة جديدة للدخول.
mail-not-me-nowhere = إن لم تكن أنت، فغيّر كلمة المرور وأبلغ { $tenant } فورًا.
mail-was-me = إن كنت أنت، فلا حاجة إلى فعل شيء.
mail-ignore = إن لم تكن تتوقع هذه الرسالة، فتجاهلها: لن يحدث شيء.
mail-code-nobody = لن يطلب منك أحد من { $tenant } هذا الرمز أبدًا. لا تدخله إلا في الصفحة التي طلبته فيها.

mail-invitation-subject = حسابك لدى { $tenant }
mail-invitation-text = أنشأ { $tenant } حسابًا لك.
mail-invitation-button = اختيار كلمة مرور
mail-invitation-until = يعمل الرابط مرة واحدة، حتى { $time }.

mail-approval-subject = يطلب { $client } موافقتك
mail-approval-text = يطلب { $client } موافقتك لدى { $tenant }.
mail-approval-binding = يعرض التطبيق هذا النص. لا توافق إلا إذا رأيت النص نفسه هناك.
mail-approval-button = الاطلاع على الطلب
mail-approval-until = يمكنك الإجابة حتى { $time }.
mail-approval-not-me = إن لم تكن أنت من بدأ هذا، فارفضه هناك أو تجاهل هذه الرسالة.

mail-verify-subject = أكّد بريدك الإلكتروني لدى { $tenant }
mail-verify-text = قدّم شخص ما، وهو أنت على الأرجح، هذا العنوان لحساب لدى { $tenant }. أكّد أنه عنوانك.
mail-verify-button = تأكيد العنوان
mail-verify-code = أو أدخل هذا الرمز في الصفحة التي تطلبه:
mail-verify-until = يمكن استخدامه مرة واحدة، حتى { $time }.

mail-reset-subject = اختر كلمة مرور جديدة لدى { $tenant }
mail-reset-text = نسي شخص ما، وهو أنت على الأرجح، كلمة مرور حسابك لدى { $tenant }.
mail-reset-button = اختيار كلمة مرور جديدة
mail-reset-until = يعمل الرابط مرة واحدة، حتى { $time }.
mail-reset-ignore = إن لم تكن أنت، فتجاهل هذه الرسالة: تبقى كلمة مرورك كما هي.

mail-email-confirm-subject = أكّد بريدك الإلكتروني الجديد لدى { $tenant }
mail-email-confirm-text = سيصبح هذا العنوان البريد الإلكتروني لحسابك لدى { $tenant }. أكّد أنه عنوانك.
mail-email-confirm-button = تأكيد العنوان الجديد
mail-email-confirm-until = يعمل الرابط مرة واحدة، حتى { $time }.

mail-email-changed-subject = تغيّر البريد الإلكتروني لحسابك لدى { $tenant }
mail-email-changed-text = لحسابك لدى { $tenant } بريد إلكتروني جديد. ستُرسل الرسائل إليه من الآن، ولن تُرسل إلى هذا العنوان بعد ذلك.

mail-credential-subject = أمان حسابك لدى { $tenant }
mail-credential-password-set = عُيّنت كلمة مرور لحسابك لدى { $tenant }.
mail-credential-password-changed = غُيّرت كلمة مرور حسابك لدى { $tenant }.
mail-credential-password-reset = نُسيت كلمة مرور حسابك لدى { $tenant } واختيرت كلمة مرور جديدة.
mail-credential-passkey-added = أُضيف مفتاح المرور «{ $name }» إلى حسابك لدى { $tenant }.
mail-credential-passkey-removed = أُزيل مفتاح المرور «{ $name }» من حسابك لدى { $tenant }.
mail-credential-totp-added = أُضيف تطبيق مصادقة إلى حسابك لدى { $tenant }.
mail-credential-totp-removed = أُزيل تطبيق المصادقة من حسابك لدى { $tenant }.
mail-credential-recovery-codes = أُنشئت رموز استرداد جديدة لحسابك لدى { $tenant }. لم تعد الرموز القديمة صالحة.
mail-credential-recovery-code-used = استُخدم أحد رموز الاسترداد لحسابك لدى { $tenant }.
mail-credential-phone-added = أُضيف رقم الهاتف { $name } إلى حسابك لدى { $tenant }.
mail-credential-phone-removed = أُزيل رقم الهاتف { $name } من حسابك لدى { $tenant }.
mail-credential-device-added = أُضيف الجهاز «{ $name }» إلى حسابك لدى { $tenant } للموافقة على عمليات تسجيل الدخول.
mail-credential-device-removed = أُزيل الجهاز «{ $name }» من حسابك لدى { $tenant }.
mail-credential-second-factors-removed = أُزيلت جميع العوامل الثانية لحسابك لدى { $tenant }.
mail-credential-identity-linked = يمكن الآن استخدام { $name } لتسجيل الدخول إلى حسابك لدى { $tenant }.
mail-credential-identity-unlinked = لم يعد بالإمكان استخدام { $name } لتسجيل الدخول إلى حسابك لدى { $tenant }.

mail-new-device-subject = تسجيل دخول جديد إلى حسابك لدى { $tenant }
mail-new-device-text = سجّل شخص ما الدخول إلى حسابك لدى { $tenant } من متصفح أو شبكة لم نرهما معك من قبل.

mail-code-subject = رمزك لدى { $tenant }
mail-code-text = بهذا الرمز تسجّل الدخول إلى { $tenant }:
mail-code-until = يعمل مرة واحدة، حتى { $time }.
mail-code-ignore = إن لم تكن أنت من طلبه، فتجاهل هذه الرسالة. وإذا تكرر ذلك كثيرًا، فغيّر كلمة المرور.

mail-link-subject = تسجيل الدخول إلى { $tenant }
mail-link-text = بهذا الرابط تسجّل الدخول إلى { $tenant }. افتحه في المتصفح الذي طلبته فيه.
mail-link-button = تسجيل الدخول
mail-link-code = أو أدخل هذا الرمز في الصفحة التي تطلبه:
mail-link-until = يعمل مرة واحدة، حتى { $time }.
mail-link-ignore = إن لم تكن أنت من طلبه، فتجاهل هذه الرسالة.

mail-deletion-scheduled-subject = سيُحذف حسابك لدى { $tenant }
mail-deletion-scheduled-text = سيُحذف حسابك لدى { $tenant } في { $time } مع كل ما يخصه. ويمكنك الاحتفاظ به حتى ذلك الحين.
mail-deletion-scheduled-button = الاحتفاظ بحسابي

mail-deleted-subject = حُذف حسابك لدى { $tenant }
mail-deleted-text = حُذف حسابك لدى { $tenant } مع كل ما كان يخصه. هذه آخر رسالة بشأنه.

mail-test-subject = رسالة اختبار من { $tenant }
mail-test-text = تبيّن هذه الرسالة أن { $tenant } يستطيع إرسال البريد. ليس عليك فعل شيء.

mail-sms-code = { $code } هو رمزك لدى { $tenant }. لا تعطه لأحد.

mail-push-title = هل هذا أنت؟
mail-push-text = يحاول شخص ما تسجيل الدخول إلى { $tenant }. وافق فقط إذا كنت أنت.
