# ما يطلبه التطبيق.
consent-title = هل تريد السماح لتطبيق { $client }؟
consent-asks = يطلب { $client } الوصول
consent-destination = ستُرسل الإجابة إلى { $host }
consent-destination-app = ستُرسل الإجابة إلى تطبيق على هذا الجهاز ({ $scheme })
consent-unverified-host = نشره { $host } ولم يتحقق منه { $tenant }: لا تسمح له إلا إذا كنت تعرف هذا الموقع
consent-unverified-registered = سجّل هذا التطبيق نفسه ولم يتحقق منه { $tenant }: لا تسمح له إلا إذا كنت تعرفه
consent-wants = يريد
consent-this-once = ولهذه المرة فقط
consent-sensitive = حساس
consent-never-password = لن يعرف التطبيق كلمة مرورك أبدًا.
consent-take-back = يمكنك سحب هذا الإذن في أي وقت.
consent-ask = اسأل { $tenant } عن ذلك
consent-about = عن { $client }:
consent-website = الموقع الإلكتروني
consent-privacy = سياسة الخصوصية
consent-terms = الشروط

# معاني نطاقات OpenID Connect.
scope-openid = معرفة هويتك
scope-profile = الاطلاع على اسمك وتفاصيل أخرى من ملفك الشخصي
scope-email = الاطلاع على بريدك الإلكتروني
scope-address = الاطلاع على عنوانك البريدي
scope-phone = الاطلاع على رقم هاتفك
scope-offline_access = الاحتفاظ بالوصول في أثناء غيابك
scope-offline_access-note = يبقى متصلًا عندما تغلقه، إلى أن تنهي أنت أو المؤسسة ذلك.
scope-device_sso = تسجيل دخولك إلى التطبيقات الأخرى لصانعه على هذا الجهاز
scope-in = في { $api }

# قيم ما يُطلب لمرة واحدة.
detail-yes = نعم
detail-no = لا
detail-nothing = لا شيء

# الطلبات التي تنتظر إجابة.
request-title = الطلبات
request-none = لا شيء ينتظرك
request-none-lead = لا يطلب أي تطبيق موافقتك الآن. وإن كان هناك طلب، فقد يكون موجهًا إلى حساب آخر لك، أو انتهى وقته.
request-look-again = التحقق مرة أخرى
request-headline = موافقتك مطلوبة
request-times = طُلب في { $asked }، صالح حتى { $until }
request-binding = يقول التطبيق إنه يعرض لك هذا النص. لا تسمح إلا إذا رأيت النص نفسه هناك.
request-own = لا تسمح إلا إذا كنت أنت من بدأ هذا.
request-refuse = رفض
request-allowed = تم السماح
request-allowed-lead = سيتابع التطبيق من تلقاء نفسه خلال ثوانٍ.
request-refused = تم الرفض
request-refused-lead = لم يحصل التطبيق على شيء.
request-over-title = فات الأوان
request-over = انتهى هذا الطلب
request-over-lead = سبقت الإجابة عنه، أو انقضى وقته. يمكن للتطبيق أن يطلب من جديد.
request-what-else = عرض ما ينتظرك أيضًا
